#include "domain/position_index.hpp"

#include <cassert>

namespace frontrow::domain {

namespace {

/// Below this the tree is not worth moving.
constexpr std::size_t rebase_places_min = 1024;

constexpr std::size_t low_bit(std::size_t index) {
  return index & (~index + 1);
}

} // namespace

void position_index::append_one(std::uint32_t waits) {
  // Its children, the ranges that end just before it, are complete: their sums make its own.
  const std::size_t index = sums_.size() + 1;
  std::uint32_t sum = waits;
  for (std::size_t width = 1; width < low_bit(index); width *= 2)
    sum += sums_[index - width - 1];
  sums_.push_back(sum);
}

void position_index::remove(place_number place) {
  assert(place >= base_ && place < end());
  for (auto index = static_cast<std::size_t>(place - base_) + 1; index <= sums_.size();
       index += low_bit(index)) {
    assert(sums_[index - 1] > 0);
    --sums_[index - 1];
  }
}

std::int64_t position_index::position(place_number place) const {
  assert(place < end());
  if (place < base_)
    return 0;
  std::int64_t count = 0;
  for (auto index = static_cast<std::size_t>(place - base_) + 1; index > 0; index -= low_bit(index))
    count += sums_[index - 1];
  return count;
}

void position_index::forget_before(place_number first) {
  assert(first <= end());
  forgotten_before_ = first;
  const auto forgotten = static_cast<std::size_t>(first - base_);
  if (first > base_ && forgotten >= rebase_places_min && forgotten >= sums_.size() / 2)
    rebase();
}

/// Undoes the sums from the back, which leaves the bits, drops the front, and sums again: O(n).
void position_index::rebase() {
  const std::size_t size = sums_.size();
  for (std::size_t index = size; index > 0; --index)
    if (const auto parent = index + low_bit(index); parent <= size)
      sums_[parent - 1] -= sums_[index - 1];
  const auto forgotten = static_cast<std::ptrdiff_t>(forgotten_before_ - base_);
  std::vector<std::uint32_t> rest(sums_.begin() + forgotten, sums_.end());
  base_ = forgotten_before_;
  for (std::size_t index = 1; index <= rest.size(); ++index)
    if (const auto parent = index + low_bit(index); parent <= rest.size())
      rest[parent - 1] += rest[index - 1];
  sums_ = std::move(rest);
}

} // namespace frontrow::domain
