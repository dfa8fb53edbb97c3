#include "cluster/outbox.hpp"

#include <algorithm>
#include <utility>

namespace frontrow::cluster {

outbox::outcome outbox::put(item&& one, std::size_t limit) {
  std::lock_guard lock{mutex_};
  if (closed_)
    return outcome::closed;
  if (waiting_.size() >= limit)
    return outcome::full;
  waiting_.push_back(std::move(one));
  return waiting_.size() == 1 ? outcome::first : outcome::waits;
}

outbox::outcome outbox::put(envelope&& letter) { return put(item{std::move(letter)}, letters_max_); }
outbox::outcome outbox::put(reply&& answer) { return put(item{std::move(answer)}, 2 * letters_max_); }
outbox::outcome outbox::put(const news& what) { return put(item{what}, 2 * letters_max_); }

bool outbox::take(std::size_t most, parcel& into) {
  std::lock_guard lock{mutex_};
  if (waiting_.empty())
    return false;
  for (auto left = std::min(most, waiting_.size()); left > 0; --left) {
    auto& one = waiting_.front();
    if (auto letter = std::get_if<envelope>(&one))
      into.letters.push_back(std::move(*letter));
    else if (auto answer = std::get_if<reply>(&one))
      into.replies.push_back(std::move(*answer));
    else
      into.told.push_back(std::get<news>(one));
    waiting_.pop_front();
  }
  return true;
}

void outbox::close() {
  std::deque<item> gone; // freed outside of the lock
  std::lock_guard lock{mutex_};
  closed_ = true;
  gone.swap(waiting_);
}

} // namespace frontrow::cluster
