#pragma once

#include "domain/identity.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace frontrow::domain {

/// Who is how-manieth among those who wait: a Fenwick tree (Fenwick 1994) over places, one bit each, four
/// bytes a place. Places are appended at the back, taken out anywhere and forgotten from the front.
/// Everything is O(log n); forgetting is O(1), amortized over the appends.
class position_index {
public:
  explicit position_index(place_number first = 1) : base_(first) {}

  /// The next place, which waits.
  void append() { append_one(1); }
  /// The next place, which does not.
  void append_gone() { append_one(0); }
  /// A place that waited does not wait any more.
  void remove(place_number place);
  /// How many wait up to and including `place`: its position from 1, if it waits.
  std::int64_t position(place_number place) const;
  /// None before `first` waits, and nobody will ask for them again.
  void forget_before(place_number first);

  /// One past the last place.
  place_number end() const { return base_ + static_cast<place_number>(sums_.size()); }
  std::size_t memory_bytes() const { return sums_.capacity() * sizeof(std::uint32_t); }

private:
  void append_one(std::uint32_t waits);
  void rebase();

  place_number base_ = 1; // the place of sums_[0]
  place_number forgotten_before_ = 1;
  std::vector<std::uint32_t>
      sums_; // sums_[i - 1]: over the places (i - lowbit(i), i], counted from 1 at base_
};

} // namespace frontrow::domain
