#pragma once

#include "persistence/append_statement.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <thread>

namespace frontrow::persistence::detail {

/// One connection with its thread: what the writer does for the shards that it was given.
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

  void run();
  /// Waits for work. False: there is none and will be none.
  bool gather(std::vector<submission>& taken, std::vector<due_snapshot>& due);
  void take_submissions(std::vector<submission>& taken);
  void take_snapshots(std::vector<due_snapshot>& due);
  void hand_over(std::vector<due_snapshot> due);

  void write(const std::vector<submission>& taken);
  void write_part(std::vector<batch>& todo);
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
  std::atomic<std::int64_t> deadline_; // steady nanoseconds
  std::atomic<std::size_t> pending_{0};
  std::atomic<bool> away_{true};                // until the first connection
  std::atomic<std::int64_t> statement_since_{0}; // steady nanoseconds, 0 = none under way
  std::mutex socket_mutex_;
  std::condition_variable ended_; // with socket_mutex_
  int socket_ = -1;
  bool finished_ = false;

  // The thread's own.
  std::unique_ptr<opened_connection> connection_;
  backend_id backend_;
  std::optional<backend_id> ghost_; // lost in a statement, perhaps still at it
  std::size_t failures_ = 0;        // in a row
  std::thread thread_;
};

} // namespace frontrow::persistence::detail
