#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace frontrow::http {

/// What goes to one receiver in messages of many: while one is under way the next gathers, so the load decides how much
/// goes together and an idle front waits for nothing. A pure rule; whoever uses it sends what it hands out.
/// Not thread-safe.
template <class Item>
class gathering {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using items = std::vector<Item>;

  /// In one message: some 30 KB of answers, and a tenth of a millisecond of the receiver's time.
  static constexpr std::size_t items_max = 256;
  /// An answer that takes longer (a moving shard, a slow journal) holds nobody back.
  static constexpr std::chrono::milliseconds patience{20};

  /// What goes now, with the new one: nothing if it is to wait.
  items add(Item fresh, time_point now) {
    waiting_.push_back(std::move(fresh));
    return depart(now);
  }
  /// The answer to a message has come. What goes now.
  items answered(time_point now) {
    --under_way_;
    return depart(now);
  }
  /// A message came to nothing. Whoever waited behind it has waited long enough: all of them.
  items failed() {
    --under_way_;
    return std::exchange(waiting_, {});
  }

private:
  items depart(time_point now) {
    const auto may_go = under_way_ == 0 || now - sent_at_ >= patience || waiting_.size() >= items_max;
    if (waiting_.empty() || !may_go)
      return {};
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), items_max));
    items staying{std::make_move_iterator(end), std::make_move_iterator(waiting_.end())};
    waiting_.erase(end, waiting_.end());
    auto leaving = std::exchange(waiting_, std::move(staying));
    ++under_way_;
    sent_at_ = now;
    return leaving;
  }

  items waiting_;
  int under_way_ = 0; // messages
  time_point sent_at_{};
};

} // namespace frontrow::http
