#include "persistence/journal_reader.hpp"

#include "persistence/history_load.hpp"
#include "persistence/link.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>
#include <variant>

namespace frontrow::persistence {

namespace {

/// Loads that one query can answer.
struct group_key {
  std::size_t database = 0;
  entity_kind kind{};
  auto operator<=>(const group_key&) const = default;
};

struct group_load {
  group_key key;
  std::vector<detail::load_request> requests;
};

using job = std::function<void(journal_view&)>;

} // namespace

struct journal_reader::shared {
  explicit shared(journal_reader_config settings) : config(std::move(settings)) {}

  std::optional<database_failure> refusal() const {
    if (stopping)
      return database_failure::stopped;
    if (waiting >= config.max_reads)
      return database_failure::queue_full;
    return std::nullopt;
  }

  std::variant<group_load, job> take();
  void run();

  journal_reader_config config;
  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable ended;
  std::vector<journal_view*> views; // of the threads that are at work
  /// In order of arrival: a job, or that a group of loads has some.
  std::deque<std::variant<group_key, job>> queue;
  std::map<group_key, std::deque<detail::load_request>> groups;
  std::size_t waiting = 0;
  std::atomic<bool> stopping{false};
  std::vector<std::thread> threads;
};

std::variant<group_load, job> journal_reader::shared::take() {
  auto next = std::move(queue.front());
  queue.pop_front();
  if (auto* single = std::get_if<job>(&next)) {
    --waiting;
    return std::move(*single);
  }
  group_load load{std::get<group_key>(next), {}};
  auto& group = groups[load.key];
  while (!group.empty() && load.requests.size() < config.max_group) {
    load.requests.push_back(std::move(group.front()));
    group.pop_front();
    --waiting;
  }
  if (!group.empty()) {
    queue.emplace_back(load.key);
    wake.notify_one();
  }
  return load;
}

void journal_reader::shared::run() {
  ::pthread_setname_np(::pthread_self(), "reader");
  auto session = config.session;
  session.planned = session_settings::plans::once;
  journal_view view{config.databases, session};
  view.stop_with(&stopping);
  std::unique_lock lock{mutex};
  views.push_back(&view);
  for (;;) {
    wake.wait(lock, [this] { return stopping || !queue.empty(); });
    if (queue.empty())
      break;
    auto work = take();
    lock.unlock();
    if (auto* single = std::get_if<job>(&work)) {
      (*single)(view);
    } else {
      const auto& group = std::get<group_load>(work);
      detail::load_group(view.session(group.key.database).link(), group.key.kind, group.requests, config.group_rows,
                         config.page_rows);
    }
    work = job{}; // what it holds goes before the lock is taken
    lock.lock();
  }
  std::erase(views, &view);
  ended.notify_all();
}

journal_reader::journal_reader(journal_reader_config config) : shared_(std::make_unique<shared>(std::move(config))) {
  assert(shared_->config.readers > 0 && shared_->config.max_group > 0 && shared_->config.group_rows > 0 &&
         shared_->config.page_rows > 0);
  for (std::size_t nth = 0; nth < shared_->config.readers; ++nth)
    shared_->threads.emplace_back([this] { shared_->run(); });
}

journal_reader::~journal_reader() {
  stop();
}

std::optional<database_failure> journal_reader::load(entity_address address, std::shared_ptr<history_consumer> consumer,
                                                     load_options options) {
  if (options.snapshot != snapshots::used || options.through)
    return submit([address, options, rows = shared_->config.page_rows, to = std::move(consumer)](journal_view& view) {
      view.load(address, options, rows, *to);
    });
  {
    const std::lock_guard lock{shared_->mutex};
    if (const auto refused = shared_->refusal())
      return refused;
    const group_key key{shared_->config.databases.index_of(address.shard), address.entity.kind};
    auto& group = shared_->groups[key];
    if (group.empty())
      shared_->queue.emplace_back(key);
    group.push_back({address.entity, std::move(consumer), options.after});
    ++shared_->waiting;
  }
  shared_->wake.notify_one();
  return std::nullopt;
}

std::optional<database_failure> journal_reader::submit(std::function<void(journal_view&)> job) {
  {
    const std::lock_guard lock{shared_->mutex};
    if (const auto refused = shared_->refusal())
      return refused;
    shared_->queue.emplace_back(std::move(job));
    ++shared_->waiting;
  }
  shared_->wake.notify_one();
  return std::nullopt;
}

std::size_t journal_reader::pending() const {
  const std::lock_guard lock{shared_->mutex};
  return shared_->waiting;
}

void journal_reader::stop() {
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->stopping = true;
  }
  shared_->wake.notify_all();
  {
    std::unique_lock lock{shared_->mutex};
    const auto over = [this] { return shared_->views.empty(); };
    if (!shared_->ended.wait_for(lock, shared_->config.stop_patience, over))
      for (auto* view : shared_->views)
        view->cut_off();
  }
  for (auto& thread : shared_->threads)
    if (thread.joinable())
      thread.join();
}

} // namespace frontrow::persistence
