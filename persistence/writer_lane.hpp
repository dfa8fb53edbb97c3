#pragma once

#include "persistence/append_statement.hpp"
#include "persistence/commit_round.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <thread>

namespace frontrow::persistence::detail {

/// The steady clock, as the lane's atomics have it.
std::int64_t steady_nanoseconds();

/// One connection with its thread: what the writer does for the shards that it was given.
///
/// The connection is its thread's, but for while that thread has nothing to do: then another one may send a
/// statement in passing and listen for its answer (commit_round). Whatever goes wrong with that, or whoever
/// lets it down, the lane's thread goes on with it as with one of its own.
class writer_lane {
public:
  /// `config` outlives the lane, and so does `snapshots`: the lane that stores this one's snapshots, since a large one
  /// takes as long as a hundred commits. Null: this is such a lane.
  writer_lane(const journal_writer_config& config, std::size_t database, writer_lane* snapshots);
  ~writer_lane();

  /// See append_stream.
  bool submit(const std::shared_ptr<stream_state>& stream, version_number first, std::vector<event_row> rows,
              wake_up wake);
  void store(const std::shared_ptr<stream_state>& stream, snapshot_row snapshot);
  version_number version_of(const stream_state& stream) const;

  /// For commit_round. Nothing: there is nothing to send, or the lane's thread does it.
  std::optional<commit_under_way> send_in_passing();
  /// What commit_under_way says of the statement of that number.
  bool is_over(std::uint64_t number);
  void tell(std::uint64_t number);
  void leave(std::uint64_t number);
  /// For whoever submitted in a round and did not send.
  void wake() { wake_.notify_one(); }

  std::size_t pending() const { return pending_.load(std::memory_order_relaxed); }
  bool available() const;

  using steady_time = std::chrono::steady_clock::time_point;
  /// Accepts nothing more; what is left by then fails. Returns at once.
  void close(steady_time deadline);
  /// Waits for the thread; what hangs in a statement past the deadline is cut off.
  void join();

private:
  /// How an attempt to get something into the database ended.
  enum class end { done, rejected, gave_up };

  /// A statement that was sent in passing, until its outcome has been told.
  struct sent_statement {
    enum class heard_by { passer, teller, nobody };
    std::uint64_t number = 0;
    std::vector<submission> taken;
    append_answer answer;
    heard_by who = heard_by::passer;
    std::chrono::steady_clock::time_point began;
  };
  /// What the lane's thread has to do next.
  struct work {
    std::vector<submission> taken;
    std::optional<sent_statement> sent; ///< in passing, if `taken` has been sent already
    std::vector<due_snapshot> due;
  };

  void run();
  /// Waits for work. Nothing: there is none and will be none.
  std::optional<work> gather();
  /// With the mutex: whether the connection is somebody else's now.
  bool is_lent() const;
  /// With the mutex: null if the statement is not the passer's any more.
  sent_statement* sent_in_passing(std::uint64_t number);
  void take_submissions(std::vector<submission>& taken);
  void take_snapshots(std::vector<due_snapshot>& due);
  void hand_over(std::vector<due_snapshot> due);

  void write(const std::vector<submission>& taken, std::optional<sent_statement> sent);
  void write_part(std::vector<batch>& todo);
  /// Waits for what was sent, if something was, or appends the part.
  void write_part(const batch& part, std::optional<sent_statement> sent, std::vector<batch>& todo);
  void observe(const batch& part, std::chrono::steady_clock::time_point began) const;
  void split(const batch& part, std::vector<batch>& todo);
  void fail_stale(const batch& part);
  /// The part without what belongs to failed streams.
  batch living(const batch& part);
  void acknowledge(const batch& part);
  void fail(const std::shared_ptr<stream_state>& stream, append_failure reason);
  void fail_all(const batch& part, append_failure reason);
  void write_snapshots(std::vector<due_snapshot> due);
  end store_snapshots(const std::vector<const due_snapshot*>& due);

  /// Runs `body` until it went through, for as long as that takes: reconnects, waits, and when a connection
  /// was lost while it ran asks `has_landed`, after the old backend is gone.
  template <class Body, class Landed>
  end persist(Body body, Landed has_landed);
  const char* name() const;
  void connect();
  void disconnect();
  /// Waits a little longer after each failure in a row.
  void back_off(const std::exception& error, fault kind);
  void pause(std::chrono::milliseconds time);
  bool out_of_time() const;
  void recovered();

  const journal_writer_config& config_;
  const std::size_t database_;
  writer_lane* const snapshots_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<submission> queue_;
  std::vector<std::shared_ptr<stream_state>> snapshot_queue_; // of streams of this lane
  std::map<entity_ref, due_snapshot> handed_over_;            // by other lanes: the newest of each entity
  bool closed_ = false;
  bool rests_ = false; // with the mutex: the thread waits for work, and does not touch what is its own
  std::optional<sent_statement> sent_; // by another thread
  std::uint64_t sent_count_ = 0;
  std::atomic<std::int64_t> deadline_; // steady nanoseconds
  std::atomic<std::size_t> pending_{0};
  std::atomic<bool> away_{true};                // until the first connection
  std::atomic<std::int64_t> statement_since_{0}; // steady nanoseconds, 0 = none under way
  std::mutex socket_mutex_;
  std::condition_variable ended_; // with socket_mutex_
  int socket_ = -1;
  bool finished_ = false;

  // The thread's own; with the mutex, another one's while it rests: until its statement is over, that one's
  // alone.
  std::unique_ptr<opened_connection> connection_;
  backend_id backend_;
  std::optional<backend_id> ghost_; // lost in a statement, perhaps still at it
  std::size_t failures_ = 0;        // in a row
  std::thread thread_;
};

} // namespace frontrow::persistence::detail
