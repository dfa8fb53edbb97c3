#include "tests/simulation/plan.hpp"

namespace frontrow::simulation {

std::string_view name_of(fault kind) {
  static constexpr std::array<std::string_view, fault_kinds> names{
      "crash",          "freeze",       "link_break",    "partition",      "letter_slow",
      "letter_refused", "database_cut", "database_away", "statement_lost", "answer_lost",
      "statement_slow", "early_death",  "move",          "drain",          "clock_error"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string_view name_of(flaw kind) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(flaw::count)> names{
      "none",
      "fence_left_out",
      "claim_keeps_epoch",
      "death_keeps_epoch",
      "tail_not_read",
      "reply_before_commit",
      "command_id_dropped",
      "effect_before_durable",
      "effects_not_resent",
      "tick_lost_after_move",
      "lease_not_checked",
      "in_doubt_written_again",
      "in_doubt_taken_as_written",
      "moved_is_final",
      "kept_letters_lost",
      "snapshot_before_durable",
      "board_before_durable"};
  return names.at(static_cast<std::size_t>(kind));
}

figures& figures::operator+=(const figures& more) {
  runs += more.runs;
  steps += more.steps;
  simulated_ms += more.simulated_ms;
  rows += more.rows;
  answers += more.answers;
  unavailable += more.unavailable;
  claims += more.claims;
  for (std::size_t i = 0; i < fault_kinds; ++i)
    faults[i] += more.faults[i];
  return *this;
}

} // namespace frontrow::simulation
