#include "http/io_worker.hpp"

#include "actors/letter_round.hpp"
#include "http/connection.hpp"
#include "http/live_stream.hpp"
#include "http/time_text.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <pthread.h>

namespace frontrow::http {

namespace {

/// Time limits are kept to this: a request may last that much longer than it should.
constexpr auto sweep_interval = std::chrono::milliseconds{50};

/// One who asks again at once does so within this.
constexpr auto asks_again_within = std::chrono::milliseconds{100};

/// Before a listener comes back: time for a connection to be closed, and for others to notice that a front is gone.
constexpr std::chrono::milliseconds retry_least{1'000};

/// Before what was asked of actors goes out: some two milliseconds of usual requests. With fewer, what a few dozen
/// connections ask falls into two commits; with more, the actors wait while the sockets of a thousand are served.
constexpr std::size_t handled_in_a_row_max = 256;

/// Enough for the requests that are under way at one moment in one thread; more are allocated and freed.
constexpr std::size_t spare_exchanges_max = 256;

template <list_hook connection::*Hook>
using connection_list =
    boost::intrusive::list<connection, boost::intrusive::member_hook<connection, list_hook, Hook>,
                           boost::intrusive::constant_time_size<false>>;

} // namespace

void connection_count::ended() {
  if (open() + refused() == 0) {
    std::lock_guard lock{mutex_};
    gone_.notify_all();
  }
}

bool connection_count::wait_for_none(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock{mutex_};
  return gone_.wait_until(lock, deadline, [this] { return open() + refused() == 0; });
}

/// Within one list every connection has the same span from its start to its deadline, so the earliest is in
/// front.
struct io_worker::lists {
  connection_list<&connection::in_all> all;
  std::array<connection_list<&connection::in_deadlines>, 7> by_wait;
};

io_worker::io_worker(const server_options& with, front_door& to, std::shared_ptr<connection_count> all)
    : options(with), door(to), count(std::move(all)), work_(asio::make_work_guard(context)),
      sweeper_(context), input_max_(std::max<std::size_t>(16 * 1024, 2 * with.header_bytes_max)),
      lists_(std::make_unique<lists>()) {}

io_worker::~io_worker() = default;

void io_worker::start() {
  asio::co_spawn(context, sweep_regularly(), asio::detached);
  thread_ = std::thread{[this] { run(); }};
}

void io_worker::run() {
  ::pthread_setname_np(::pthread_self(), "http");
  persistence::commit_round commits;
  actors::letter_round letters;
  while (context.run_one() > 0) {
    auto ended = finish_row(letters);
    if (context.poll_one() > 0) // who asked while the actors decided goes into the same commit
      ended = finish_row(letters);
    if (ended == row_end::full || ended_) {
      commits.leave();
      continue;
    }
    for (auto& each : commits.send()) {
      const auto at = heard_.emplace(heard_.end(), context, std::move(each));
      asio::co_spawn(context, hear(at), asio::detached);
    }
  }
}

/// The first of the row has been handled; what else is ready is handled with it, then all that it asked of
/// actors goes out together. When nothing more is ready, whom that wakes is run here, and what they write
/// goes to the journal from here: another thread would have to be woken for it, and this one would go to
/// sleep.
io_worker::row_end io_worker::finish_row(actors::letter_round& letters) {
  std::size_t handled = 1;
  while (handled < handled_in_a_row_max && context.poll_one() > 0)
    ++handled;
  const auto full = handled == handled_in_a_row_max;
  using run_woken = actors::letter_round::run_woken;
  letters.send(full ? run_woken::by_workers : run_woken::here);
  ++round_;
  return full ? row_end::full : row_end::nothing_ready;
}

awaitable<void> io_worker::hear(std::list<heard_commit>::iterator at) {
  boost::system::error_code ec;
  do {
    if (ended_) // the writer's thread hears it, and `at` is gone
      co_return;
    co_await at->database.async_wait(descriptor_type::wait_read, asio::redirect_error(use_awaitable, ec));
  } while (!ended_ && !ec && !at->commit.is_over());
  if (ended_)
    co_return;
  actors::letter_round::of_this_thread()->before_sending([this, at] {
    if (ended_)
      return;
    at->commit.tell();
    heard_.erase(at);
  });
}

void io_worker::end() {
  ended_ = true;
  heard_.clear();
}

void io_worker::join(ending how) {
  asio::post(context, [this] {
    end();
    sweeper_.cancel();
  });
  work_.reset();
  if (how == ending::at_once)
    context.stop();
  if (thread_.joinable())
    thread_.join();
  end();
}

void io_worker::run_leftovers() {
  context.restart();
  context.poll();
}

void io_worker::drain() {
  asio::post(context, [self = shared_from_this()] {
    self->draining_ = true;
    for (auto& each : self->lists_->all)
      if (each.is_idle())
        each.cut();
  });
  send_listeners_away();
}

void io_worker::send_listeners_away() {
  asio::post(context, [self = shared_from_this()] {
    if (std::exchange(self->listeners_leave_, true))
      return;
    for (auto& each : self->lists_->all)
      if (auto* stream = each.stream())
        stream->leave(self->draw_retry());
  });
}

std::chrono::milliseconds io_worker::draw_retry() {
  const auto most = std::max(options.listener_spread, retry_least);
  std::uniform_int_distribution<std::int64_t> spread{retry_least.count(), most.count()};
  return std::chrono::milliseconds{spread(chance_)};
}

void io_worker::cut_all() {
  asio::post(context, [self = shared_from_this()] {
    for (auto& each : self->lists_->all)
      each.cut();
  });
}

void io_worker::add(connection& fresh) {
  lists_->all.push_back(fresh);
}

void io_worker::watch(connection& each, waiting_for what) {
  each.in_deadlines.unlink();
  each.waits_for = what;
  auto span = std::chrono::milliseconds{0};
  switch (what) {
  case waiting_for::nothing:
    return;
  case waiting_for::next_request:
    span = asks_again_within;
    break;
  case waiting_for::first_byte:
    span = options.idle_timeout;
    break;
  case waiting_for::request:
    span = options.request_timeout;
    break;
  case waiting_for::writing:
    span = options.write_timeout;
    break;
  case waiting_for::last_words:
    span = options.linger_timeout;
    break;
  case waiting_for::listening:
    span = stream_beat;
    break;
  }
  each.deadline = std::chrono::steady_clock::now() + span;
  lists_->by_wait[static_cast<std::size_t>(what)].push_back(each);
}

void io_worker::sweep() {
  auto now = std::chrono::steady_clock::now();
  for (auto& list : lists_->by_wait)
    while (!list.empty() && list.front().deadline <= now) {
      auto& late = list.front();
      list.pop_front();
      late.is_late();
    }
}

awaitable<void> io_worker::sweep_regularly() {
  while (!ended_) {
    boost::system::error_code ec;
    sweeper_.expires_after(sweep_interval);
    co_await sweeper_.async_wait(asio::redirect_error(use_awaitable, ec));
    sweep();
  }
}

std::unique_ptr<exchange> io_worker::take_exchange() {
  if (spare_.empty())
    return std::make_unique<exchange>();
  auto taken = std::move(spare_.back());
  spare_.pop_back();
  return taken;
}

void io_worker::give_back(std::unique_ptr<exchange> used) {
  if (spare_.size() == spare_exchanges_max)
    return;
  used->unread = {};
  used->parser.reset();
  used->text.clear();
  used->output.clear();
  used->context = {};
  spare_.push_back(std::move(used));
}

std::string& io_worker::room_to_answer() {
  answer_.clear();
  return answer_;
}

const std::string& io_worker::http_date() {
  auto now = std::chrono::floor<std::chrono::seconds>(door.now());
  if (date_.empty() || now != date_made_at_) {
    date_ = format_http_date(now);
    date_made_at_ = now;
  }
  return date_;
}

} // namespace frontrow::http
