#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

/// What one simulated run is asked for, and what it tells.
namespace frontrow::simulation {

/// Microseconds since the run began.
using sim_time = std::int64_t;
inline constexpr sim_time millisecond = 1'000;
inline constexpr sim_time second = 1'000'000;

/// What goes wrong by the seed's will.
enum class fault : std::uint8_t {
  crash,          ///< a process is gone at once; another incarnation joins later
  freeze,         ///< its steps are not run, time goes on
  link_break,     ///< a connection between two nodes is lost
  partition,      ///< two nodes cannot reach each other for a while
  letter_slow,    ///< a parcel is late, and all behind it
  letter_refused, ///< too much waits for a peer: nothing is taken
  database_cut,   ///< one node and the database cannot reach each other for a while
  database_away,  ///< the database restarts: every session is lost
  statement_lost, ///< a connection breaks before the statement has come
  answer_lost,    ///< a statement is carried out, its answer never comes
  statement_slow, ///< a statement comes after its sender gave it up
  early_death,    ///< a living node is declared dead
  move,           ///< somebody else is wanted for a shard
  drain,          ///< a node is told to leave
  clock_error,    ///< the database's clock is measured wrong, within the bound
  count,
};
inline constexpr auto fault_kinds = static_cast<std::size_t>(fault::count);
std::string_view name_of(fault kind);

/// Deliberate faults of the program: each must be found.
enum class flaw : std::uint8_t {
  none,
  fence_left_out,            ///< an append does not look at the epochs
  claim_keeps_epoch,         ///< no claim raises the epoch
  death_keeps_epoch,         ///< a claim after a death does not raise the epoch
  tail_not_read,             ///< what was read before the claim is taken for all
  reply_before_commit,       ///< replies do not wait for the journal
  command_id_dropped,        ///< a request sent again has another command id
  effect_before_durable,     ///< effects are sent before the event that owes them is in the journal
  effects_not_resent,        ///< what was owed when a life began is not sent
  tick_lost_after_move,      ///< deadlines of entities that came with a shard are forgotten
  lease_not_checked,         ///< a node answers past its lease
  in_doubt_written_again,    ///< after a lost connection the batch is written again without a look
  in_doubt_taken_as_written, ///< after a lost connection the batch is taken for written
  moved_is_final,            ///< "moved" is handed to whoever asked
  kept_letters_lost,         ///< what came while an entity was loading is dropped
  snapshot_before_durable,   ///< a snapshot is stored before its events are
  board_before_durable,      ///< a queue's board tells what is not in the journal yet
  count,
};
std::string_view name_of(flaw kind);

struct figures {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;
  std::uint64_t simulated_ms = 0;
  std::uint64_t rows = 0;    ///< in the journal
  std::uint64_t answers = 0; ///< to clients
  std::uint64_t unavailable = 0;
  std::uint64_t claims = 0;
  std::array<std::uint64_t, fault_kinds> faults{};

  figures& operator+=(const figures& more);
};

struct run_plan {
  std::uint64_t seed = 0;
  flaw with = flaw::none;
  /// So many faults are injected at the most; none after that.
  std::uint32_t faults_max = std::numeric_limits<std::uint32_t>::max();
  /// How many of the last lines of the trace are kept; 0: none are written.
  std::size_t trace_lines = 0;
};

struct run_result {
  figures counted;
  std::string invariant; ///< empty: all held
  std::string what;
  std::string trace;
  std::uint32_t faults = 0; ///< injected up to the end or the failure
  bool failed() const { return !invariant.empty(); }
};

} // namespace frontrow::simulation
