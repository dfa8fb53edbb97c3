#include "persistence/writer_lane.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <pthread.h>
#include <set>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unordered_map>
#include <utility>

namespace frontrow::persistence::detail {

namespace {

/// Snapshots a statement: they are large, and appends wait meanwhile.
constexpr std::size_t snapshots_max = 64;
/// Between two looks whether a backend that was told to end has gone.
constexpr std::chrono::milliseconds ghost_poll{5};

} // namespace

std::int64_t steady_nanoseconds() {
  return std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
}

writer_lane::writer_lane(const journal_writer_config& config, std::size_t database, writer_lane* snapshots)
    : config_(config), database_(database), snapshots_(snapshots), deadline_(std::numeric_limits<std::int64_t>::max()),
      thread_([this] { run(); }) {}

writer_lane::~writer_lane() {
  close(std::chrono::steady_clock::now());
  join();
}

bool writer_lane::submit(const std::shared_ptr<stream_state>& stream, version_number first,
                         std::vector<event_row> rows, wake_up wake) {
  assert(!rows.empty());
  std::size_t bytes = 0;
  for (const auto& row : rows)
    bytes += row.data.size() + row.type.size() + row.trace_id.size();
  {
    const std::lock_guard lock{mutex_};
    if (closed_ && !stream->failed)
      stream->failed = append_failure::stopped;
    if (stream->failed)
      return false;
    assert(first == stream->submitted + 1); // a gap, or an event twice: the caller is broken
    stream->submitted += static_cast<version_number>(rows.size());
    pending_ += rows.size();
    queue_.push_back({stream, first, std::move(rows), wake, bytes});
    if (is_lent())
      return true; // whoever has the connection sends this next
  }
  if (auto* const round = commit_round::of_this_thread())
    round->add(*this);
  else
    wake_.notify_one();
  return true;
}

void writer_lane::store(const std::shared_ptr<stream_state>& stream, snapshot_row snapshot) {
  {
    const std::lock_guard lock{mutex_};
    assert(snapshot.version <= stream->submitted);
    if (stream->failed || closed_)
      return;
    if (!stream->snapshot)
      snapshot_queue_.push_back(stream);
    if (!stream->snapshot || stream->snapshot->version < snapshot.version)
      stream->snapshot = std::move(snapshot);
  }
  wake_.notify_one();
}

version_number writer_lane::version_of(const stream_state& stream) const {
  const std::lock_guard lock{mutex_};
  return stream.submitted;
}

bool writer_lane::available() const {
  if (away_.load(std::memory_order_relaxed))
    return false;
  const auto since = statement_since_.load(std::memory_order_relaxed);
  return since == 0 || steady_nanoseconds() - since < std::chrono::nanoseconds{config_.stall_after}.count();
}

void writer_lane::close(steady_time deadline) {
  {
    const std::lock_guard lock{mutex_};
    if (closed_)
      return;
    closed_ = true;
    deadline_ = std::chrono::nanoseconds{deadline.time_since_epoch()}.count();
  }
  wake_.notify_all();
}

void writer_lane::join() {
  if (!thread_.joinable())
    return;
  {
    std::unique_lock lock{socket_mutex_};
    const steady_time until{std::chrono::nanoseconds{deadline_.load()}};
    // A statement that hangs returns when its socket is shut; connecting ends by its own time limit.
    if (!ended_.wait_until(lock, until, [this] { return finished_; }) && socket_ >= 0)
      ::shutdown(socket_, SHUT_RDWR);
  }
  thread_.join();
}

void writer_lane::run() {
  ::pthread_setname_np(::pthread_self(), "journal");
  persist([] {}, [] { return true; }); // be there before the first event is
  while (auto next = gather()) {
    write(next->taken, std::move(next->sent));
    if (snapshots_ != nullptr)
      snapshots_->hand_over(std::move(next->due));
    else
      write_snapshots(std::move(next->due));
  }
  disconnect();
  {
    const std::lock_guard lock{socket_mutex_};
    finished_ = true;
  }
  ended_.notify_all();
}

std::optional<writer_lane::work> writer_lane::gather() {
  std::unique_lock lock{mutex_};
  const auto has_work = [this] {
    return sent_ || !queue_.empty() || !snapshot_queue_.empty() || !handed_over_.empty();
  };
  rests_ = true;
  wake_.wait(lock, [&] { return !is_lent() && (closed_ || has_work()); });
  rests_ = false;
  if (!has_work())
    return std::nullopt;
  work next;
  take_snapshots(next.due); // first: only what an earlier batch has made durable
  if (!sent_) {
    take_submissions(next.taken);
    return next;
  }
  next.taken = std::move(sent_->taken);
  next.sent = std::exchange(sent_, std::nullopt);
  return next;
}

void writer_lane::take_submissions(std::vector<submission>& taken) {
  std::size_t rows = 0;
  std::size_t bytes = 0;
  std::unordered_map<shard_number, epoch_number> epochs;
  while (!queue_.empty()) {
    auto& next = queue_.front();
    if (next.stream->failed) {
      pending_ -= next.rows.size();
      queue_.pop_front();
      continue;
    }
    rows += next.rows.size();
    bytes += next.bytes;
    if (!taken.empty() && (rows > config_.max_batch || bytes > config_.max_batch_bytes))
      break;
    // One epoch a shard and statement: two lives of a shard in one batch could not be fenced apart.
    if (epochs.emplace(next.stream->address.shard, next.stream->epoch).first->second != next.stream->epoch)
      break;
    taken.push_back(std::move(next));
    queue_.pop_front();
  }
}

void writer_lane::take_snapshots(std::vector<due_snapshot>& due) {
  std::set<entity_ref> entities;
  std::size_t bytes = 0;
  const auto is_full = [&] {
    return !due.empty() && (due.size() >= snapshots_max || bytes >= config_.max_batch_bytes);
  };
  while (!handed_over_.empty() && !is_full()) {
    auto next = handed_over_.extract(handed_over_.begin());
    bytes += next.mapped().row.data.size();
    entities.insert(next.key());
    due.push_back(std::move(next.mapped()));
  }
  std::vector<std::shared_ptr<stream_state>> later;
  for (auto& stream : snapshot_queue_) {
    if (stream->failed) {
      stream->snapshot.reset();
      continue;
    }
    if (is_full() || stream->snapshot->version > stream->durable || !entities.insert(stream->address.entity).second) {
      later.push_back(std::move(stream));
      continue;
    }
    bytes += stream->snapshot->data.size();
    auto row = std::move(*stream->snapshot);
    stream->snapshot.reset();
    due.push_back({std::move(stream), std::move(row)});
  }
  snapshot_queue_ = std::move(later);
}

void writer_lane::hand_over(std::vector<due_snapshot> due) {
  if (due.empty())
    return;
  {
    const std::lock_guard lock{mutex_};
    for (auto& fresh : due) {
      const auto entity = fresh.stream->address.entity;
      const auto waiting = handed_over_.find(entity);
      if (waiting == handed_over_.end())
        handed_over_.emplace(entity, std::move(fresh));
      else if (waiting->second.row.version < fresh.row.version)
        waiting->second = std::move(fresh);
    }
  }
  wake_.notify_one();
}

void writer_lane::write(const std::vector<submission>& taken, std::optional<sent_statement> sent) {
  if (taken.empty())
    return;
  batch all;
  all.reserve(taken.size());
  for (const auto& submission : taken)
    all.push_back(&submission);
  std::vector<batch> todo;
  if (sent)
    write_part(all, std::move(sent), todo);
  else
    todo.push_back(std::move(all));
  while (!todo.empty())
    write_part(todo);
}

void writer_lane::write_part(std::vector<batch>& todo) {
  const batch part = living(todo.back());
  todo.pop_back();
  if (!part.empty())
    write_part(part, std::nullopt, todo);
}

void writer_lane::write_part(const batch& part, std::optional<sent_statement> sent,
                             std::vector<batch>& todo) {
  auto ended = append_end::written;
  std::chrono::steady_clock::time_point began;
  const auto went = persist(
      [&] {
        began = sent ? sent->began : std::chrono::steady_clock::now();
        auto answer = sent ? std::exchange(sent, std::nullopt)->answer : send_append(*connection_, part);
        answer.take_all(connection_->handle());
        ended = answer.end();
      },
      [&] { return has_landed(**connection_, part); });
  if (went == end::gave_up)
    return fail_all(part, append_failure::stopped);
  if (went == end::rejected) {
    if (std::all_of(part.begin(), part.end(), [&](auto* one) { return one->stream == part.front()->stream; }))
      fail_all(part, append_failure::rejected);
    else
      split(part, todo);
    return;
  }
  if (ended == append_end::fenced) {
    fail_stale(part);
    todo.push_back(part); // the shards that are still ours
    return;
  }
  observe(part, began);
  acknowledge(part);
}

void writer_lane::observe(const batch& part, std::chrono::steady_clock::time_point began) const {
  if (!config_.on_batch)
    return;
  std::size_t rows = 0;
  for (const auto* submission : part)
    rows += submission->rows.size();
  config_.on_batch({database_, rows, std::chrono::steady_clock::now() - began});
}

void writer_lane::split(const batch& part, std::vector<batch>& todo) {
  // By stream: an event refused must not let a later one of its stream through.
  std::vector<const stream_state*> streams;
  std::set<const stream_state*> seen;
  for (const auto* submission : part)
    if (seen.insert(submission->stream.get()).second)
      streams.push_back(submission->stream.get());
  const std::set<const stream_state*> first(streams.begin(),
                                            streams.begin() + static_cast<std::ptrdiff_t>(streams.size() / 2));
  batch left, right;
  for (const auto* submission : part)
    (first.contains(submission->stream.get()) ? left : right).push_back(submission);
  todo.push_back(std::move(right));
  todo.push_back(std::move(left));
}

void writer_lane::fail_stale(const batch& part) {
  std::vector<shard_number> stale;
  const auto went = persist([&] { stale = stale_shards(**connection_, part); }, [] { return false; });
  if (went != end::done)
    return fail_all(part, went == end::gave_up ? append_failure::stopped : append_failure::rejected);
  for (const auto* submission : part)
    if (std::find(stale.begin(), stale.end(), submission->stream->address.shard) != stale.end())
      fail(submission->stream, append_failure::fenced);
}

batch writer_lane::living(const batch& part) {
  batch left;
  const std::lock_guard lock{mutex_};
  for (const auto* submission : part) {
    if (submission->stream->failed)
      pending_ -= submission->rows.size();
    else
      left.push_back(submission);
  }
  return left;
}

void writer_lane::acknowledge(const batch& part) {
  std::vector<std::shared_ptr<stream_state>> streams;
  std::unordered_map<const stream_state*, version_number> through;
  {
    const std::lock_guard lock{mutex_};
    for (const auto* submission : part) {
      pending_ -= submission->rows.size();
      submission->stream->durable = submission->last();
      if (through.insert_or_assign(submission->stream.get(), submission->last()).second)
        streams.push_back(submission->stream);
    }
  }
  for (const auto& stream : streams)
    stream->listener->durable(stream->address.entity, through.at(stream.get()));
}

void writer_lane::fail(const std::shared_ptr<stream_state>& stream, append_failure reason) {
  {
    const std::lock_guard lock{mutex_};
    if (stream->failed)
      return;
    stream->failed = reason;
  }
  stream->listener->failed(stream->address.entity, reason);
}

void writer_lane::fail_all(const batch& part, append_failure reason) {
  for (const auto* submission : part)
    fail(submission->stream, reason);
  living(part); // counts them off
}

void writer_lane::write_snapshots(std::vector<due_snapshot> due) {
  if (due.empty())
    return;
  std::vector<const due_snapshot*> all;
  for (const auto& one : due)
    all.push_back(&one);
  if (store_snapshots(all) != end::rejected)
    return;
  // One of them is bad, say too large: a snapshot only saves time, the journal has it all.
  for (const auto* one : all)
    if (store_snapshots({one}) == end::rejected)
      spdlog::error("the snapshot of {} {} at version {} was refused", domain::name_of(one->stream->address.entity.kind),
                    one->stream->address.entity.id, one->row.version);
}

writer_lane::end writer_lane::store_snapshots(const std::vector<const due_snapshot*>& due) {
  return persist([&] { detail::store_snapshots(**connection_, due); },
                 [] { return false; }); // storing one twice does nothing
}

template <class Body, class Landed>
writer_lane::end writer_lane::persist(Body body, Landed has_landed) {
  bool in_doubt = false;
  for (;;) {
    if (failures_ > 0 && out_of_time())
      return end::gave_up;
    bool under_way = false;
    try {
      connect();
      statement_since_ = steady_nanoseconds();
      if (in_doubt && has_landed()) {
        recovered();
        return end::done;
      }
      in_doubt = false;
      under_way = true;
      body();
      recovered();
      return end::done;
    } catch (const std::exception& error) {
      statement_since_ = 0;
      auto kind = fault_of(error);
      if (connection_ && !(*connection_)->is_open())
        kind = fault::lost;
      if (kind == fault::permanent && under_way) {
        spdlog::error("the journal refused a statement ({}): {}", sqlstate_of(error), first_line(error));
        recovered();
        return end::rejected;
      }
      if (kind == fault::lost && connection_) {
        in_doubt = in_doubt || under_way;
        if (under_way)
          ghost_ = backend_;
        disconnect();
      }
      back_off(error, kind);
    }
  }
}

const char* writer_lane::name() const { return snapshots_ == nullptr ? "frontrow_snapshots" : "frontrow_writer"; }

void writer_lane::connect() {
  if (!connection_) {
    try {
      connection_ = std::make_unique<opened_connection>(
          config_.databases.dsns[database_], session_settings{.connect_timeout = config_.connect_timeout,
                                                              .statement_timeout = config_.statement_timeout,
                                                              .application_name = name()});
      {
        const std::lock_guard lock{socket_mutex_};
        socket_ = (*connection_)->sock();
      }
      backend_ = register_backend(**connection_, config_.incarnation);
      prepare_appends(*connection_);
    } catch (...) {
      disconnect(); // half set up is not set up
      throw;
    }
  }
  while (ghost_) {
    if (end_backend(**connection_, *ghost_))
      ghost_.reset();
    else if (out_of_time())
      throw pqxx::broken_connection("the time to stop came before a lost connection's backend had ended");
    else
      pause(ghost_poll);
  }
}

void writer_lane::disconnect() {
  {
    const std::lock_guard lock{socket_mutex_};
    socket_ = -1;
  }
  connection_.reset();
}

void writer_lane::back_off(const std::exception& error, fault kind) {
  ++failures_;
  // A single loss is made good at once and unnoticed: that is a backend which somebody ended.
  if (failures_ == 1 && kind == fault::lost) {
    spdlog::warn("a journal connection was lost: {}", first_line(error));
    return;
  }
  if (!away_.exchange(true) || failures_ % 60 == 0)
    spdlog::warn("journal database {} is away ({}): {}", database_, sqlstate_of(error), first_line(error));
  const auto doublings = std::min<std::size_t>(failures_ - 1, 20);
  pause(std::min(config_.backoff_last, config_.backoff_first * (std::int64_t{1} << doublings)));
}

void writer_lane::pause(std::chrono::milliseconds time) {
  std::unique_lock lock{mutex_};
  wake_.wait_for(lock, time, [this] { return out_of_time(); });
}

bool writer_lane::out_of_time() const {
  return steady_nanoseconds() >= deadline_.load();
}

void writer_lane::recovered() {
  statement_since_ = 0;
  const bool was_lost = std::exchange(failures_, 0) > 0;
  if (away_.exchange(false) && was_lost)
    spdlog::info("journal database {} takes appends", database_);
}

} // namespace frontrow::persistence::detail
