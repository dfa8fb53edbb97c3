#include "persistence/writer_lane.hpp"

#include <fcntl.h>
#include <iterator>
#include <numeric>
#include <unistd.h>
#include <utility>

/// What another thread than the lane's does in passing.
namespace frontrow::persistence::detail {

namespace {

/// To send more takes as long as to wake the lane's thread.
constexpr std::size_t passing_bytes_max = 64 * 1024;

} // namespace

bool writer_lane::is_lent() const {
  if (!sent_)
    return false;
  // Who stops the writer waits for no other thread; the one that is telling will be done.
  return sent_->who == sent_statement::heard_by::teller ||
         (sent_->who == sent_statement::heard_by::passer && !closed_);
}

writer_lane::sent_statement* writer_lane::sent_in_passing(std::uint64_t number) {
  return sent_ && sent_->number == number && is_lent() ? &*sent_ : nullptr;
}

std::optional<commit_under_way> writer_lane::send_in_passing() {
  const std::lock_guard lock{mutex_};
  if (!rests_ || sent_)
    return std::nullopt; // who has the connection goes on with the queue
  const auto bytes =
      std::accumulate(queue_.begin(), queue_.end(), std::size_t{0},
                      [](std::size_t sum, const submission& each) { return sum + each.bytes; });
  // Snapshots are the lane's thread's, and this is its turn to take them.
  if (closed_ || !snapshot_queue_.empty() || !connection_ || ghost_ || failures_ > 0 ||
      bytes > passing_bytes_max) {
    wake_.notify_one();
    return std::nullopt;
  }
  std::vector<submission> taken;
  take_submissions(taken);
  const int socket = taken.empty() ? -1 : ::fcntl((*connection_)->sock(), F_DUPFD_CLOEXEC, 0);
  if (socket < 0) { // nothing to do, or no descriptor left
    std::move(taken.rbegin(), taken.rend(), std::front_inserter(queue_));
    wake_.notify_one();
    return std::nullopt;
  }
  batch part;
  for (const auto& each : taken)
    part.push_back(&each);
  statement_since_ = steady_nanoseconds();
  const auto number = ++sent_count_;
  sent_.emplace(sent_statement{
      number, {}, append_answer{0}, sent_statement::heard_by::passer, std::chrono::steady_clock::now()});
  try {
    sent_->answer = send_append(*connection_, part);
    if (!has_gone(*connection_))
      sent_->who = sent_statement::heard_by::nobody;
  } catch (const std::exception&) {
    sent_->who = sent_statement::heard_by::nobody; // the lane's thread will find out why
  }
  sent_->taken = std::move(taken);
  if (sent_->who == sent_statement::heard_by::passer)
    return commit_under_way{*this, number, socket};
  ::close(socket);
  wake_.notify_one();
  return std::nullopt;
}

bool writer_lane::is_over(std::uint64_t number) {
  const std::lock_guard lock{mutex_};
  auto* const sent = sent_in_passing(number);
  return sent == nullptr || sent->answer.take_what_came(connection_->handle());
}

void writer_lane::tell(std::uint64_t number) {
  batch part;
  std::chrono::steady_clock::time_point began;
  {
    const std::lock_guard lock{mutex_};
    auto* const sent = sent_in_passing(number);
    if (sent == nullptr)
      return;
    if (!sent->answer.says_written()) {
      sent->who = sent_statement::heard_by::nobody;
      wake_.notify_one();
      return;
    }
    // Until the listeners know, nobody sends the next one: they hear of their events in order.
    sent->who = sent_statement::heard_by::teller;
    statement_since_ = 0;
    for (const auto& each : sent->taken)
      part.push_back(&each);
    began = sent->began;
  }
  observe(part, began);
  acknowledge(part);
  std::optional<sent_statement> over; // destroyed outside the lock
  const std::lock_guard lock{mutex_};
  over = std::exchange(sent_, std::nullopt);
  auto* const round = commit_round::of_this_thread();
  if (closed_ || round == nullptr || !snapshot_queue_.empty())
    wake_.notify_one();
  else if (!queue_.empty())
    round->add(*this);
}

void writer_lane::leave(std::uint64_t number) {
  const std::lock_guard lock{mutex_};
  auto* const sent = sent_in_passing(number);
  if (sent == nullptr)
    return;
  sent->who = sent_statement::heard_by::nobody;
  wake_.notify_one();
}

} // namespace frontrow::persistence::detail
