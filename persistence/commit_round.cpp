#include "persistence/commit_round.hpp"

#include "persistence/writer_lane.hpp"

#include <algorithm>
#include <cassert>
#include <unistd.h>
#include <utility>

namespace frontrow::persistence {

namespace {
thread_local commit_round* open_round = nullptr;
} // namespace

commit_under_way::commit_under_way(commit_under_way&& other) noexcept
    : lane_(std::exchange(other.lane_, nullptr)), number_(other.number_),
      socket_(std::exchange(other.socket_, -1)) {}

commit_under_way::~commit_under_way() {
  if (socket_ >= 0)
    ::close(socket_);
  if (lane_ != nullptr)
    lane_->leave(number_);
}

int commit_under_way::take_socket() {
  return std::exchange(socket_, -1);
}

bool commit_under_way::is_over() {
  return lane_->is_over(number_);
}

void commit_under_way::tell() {
  std::exchange(lane_, nullptr)->tell(number_);
}

commit_round* commit_round::of_this_thread() {
  return open_round;
}

commit_round::commit_round() {
  assert(open_round == nullptr);
  open_round = this;
}

commit_round::~commit_round() {
  open_round = nullptr;
  leave();
}

void commit_round::leave() {
  for (auto* lane : std::exchange(lanes_, {}))
    lane->wake();
}

void commit_round::add(detail::writer_lane& lane) {
  if (std::find(lanes_.begin(), lanes_.end(), &lane) == lanes_.end())
    lanes_.push_back(&lane);
}

std::vector<commit_under_way> commit_round::send() {
  std::vector<commit_under_way> sent;
  for (auto* lane : std::exchange(lanes_, {}))
    if (auto commit = lane->send_in_passing())
      sent.push_back(std::move(*commit));
  return sent;
}

} // namespace frontrow::persistence
