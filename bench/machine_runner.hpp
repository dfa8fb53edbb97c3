#pragma once

#include "domain/decision.hpp"

#include <cassert>
#include <cstdint>

namespace frontrow::bench {

/// Runs a machine as the actors' shell does, without journal and replies: what is due, presence, decision,
/// events. Every function returns the decision, so that nothing of it is optimised away.
template <class Machine>
class machine_runner {
public:
  explicit machine_runner(Machine machine) : machine_(std::move(machine)) {}

  template <class Command>
  auto run(const Command& command, domain::instant now) {
    do_what_is_due(now);
    if constexpr (requires { machine_.observe(command, now); })
      machine_.observe(command, now);
    auto decided = machine_.decide(command, now);
    for (const auto& happened : decided.events)
      machine_.apply(happened);
    return decided;
  }

  /// For a command that cannot be refused here; its reply.
  template <class Command>
  auto must(const Command& command, domain::instant now) {
    auto decided = run(command, now);
    assert(decided.accepted());
    return decided.reply;
  }

  void do_what_is_due(domain::instant now) {
    if constexpr (requires { machine_.decide(domain::tick{}, now); }) {
      for (auto next = machine_.next_deadline(); next && *next <= now; next = machine_.next_deadline()) {
        const auto before = machine_.version();
        const auto decided = machine_.decide(domain::tick{}, now);
        for (const auto& happened : decided.events)
          machine_.apply(happened);
        if (machine_.version() == before && machine_.next_deadline() == next)
          return;
      }
    }
  }

  const Machine& machine() const { return machine_; }

private:
  Machine machine_;
};

/// A command id that none before had.
inline domain::command_id fresh_command() {
  static std::uint64_t last = 0;
  return {1, ++last};
}

/// Some time; the rules know no other clock than the one handed in.
inline constexpr domain::instant some_time{domain::milliseconds{1'700'000'000'000}};

} // namespace frontrow::bench
