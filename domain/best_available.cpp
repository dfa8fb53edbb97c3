#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "domain/best_available.hpp"

namespace frontrow::domain {

namespace {

constexpr std::int32_t word_bits = 64;

std::int64_t squared(std::int64_t steps) {
  return steps * steps;
}

/// Squared distance, in half steps, from the middle of the front row to the centre of the seats from
/// `first` on (a number within the row, from 1), `count` of them, in `row` (from 0).
std::int64_t distance_of(std::int32_t row, std::int32_t first, std::int32_t count,
                         std::int32_t seats_per_row) {
  return squared(2 * std::int64_t{row}) + squared(2 * std::int64_t{first} + count - 2 - seats_per_row);
}

/// Where the next run of set bits at or after `from` begins and ends, in a row of `length` bits; both are
/// `length` if there is none. Bits past the row's end are never set.
std::pair<std::int32_t, std::int32_t> next_run(const std::uint64_t* words, std::int32_t length,
                                               std::int32_t from) {
  const auto find = [&](std::int32_t at, std::uint64_t flip) {
    while (at < length) {
      const std::uint64_t rest = (words[at / word_bits] ^ flip) >> (at % word_bits);
      if (rest != 0)
        return std::min(at + std::countr_zero(rest), length);
      at = (at / word_bits + 1) * word_bits;
    }
    return length;
  };
  const std::int32_t begin = find(from, 0);
  return {begin, find(begin, ~std::uint64_t{0})};
}

} // namespace

free_seats::free_seats(const option_terms& terms) {
  blocks_.reserve(terms.sections.size());
  std::int32_t rows = 0;
  std::int32_t words = 0;
  for (const section& from : terms.sections) {
    const std::int32_t seats = from.rows * from.seats_per_row;
    const std::int32_t words_per_row = (from.seats_per_row + word_bits - 1) / word_bits;
    blocks_.push_back({.tier = from.tier,
                       .price = from.price,
                       .rows = from.rows,
                       .seats_per_row = from.seats_per_row,
                       .words_per_row = words_per_row,
                       .first_seat = total_ + 1,
                       .first_row = rows,
                       .first_word = words,
                       .free = seats});
    rows += from.rows;
    words += from.rows * words_per_row;
    total_ += seats;
  }
  free_ = total_;
  row_free_.reserve(static_cast<std::size_t>(rows));
  words_.assign(static_cast<std::size_t>(words), ~std::uint64_t{0});
  for (const block& in : blocks_) {
    row_free_.insert(row_free_.end(), static_cast<std::size_t>(in.rows), in.seats_per_row);
    const std::int32_t in_last_word = in.seats_per_row - (in.words_per_row - 1) * word_bits;
    for (std::int32_t row = 0; row < in.rows; ++row)
      words_[static_cast<std::size_t>(in.first_word + (row + 1) * in.words_per_row - 1)] >>=
          word_bits - in_last_word;
  }
}

std::size_t free_seats::block_of(seat_id seat) const {
  assert(exists(seat));
  const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), seat,
                                      [](seat_id id, const block& in) { return id < in.first_seat; });
  return static_cast<std::size_t>(after - blocks_.begin()) - 1;
}

free_seats::bit_place free_seats::bit_of(seat_id seat) const {
  const std::size_t index = block_of(seat);
  const block& in = blocks_[index];
  const std::int32_t row = (seat - in.first_seat) / in.seats_per_row;
  const std::int32_t bit = (seat - in.first_seat) % in.seats_per_row;
  return {.block = index,
          .row = static_cast<std::size_t>(in.first_row + row),
          .word = static_cast<std::size_t>(in.first_word + row * in.words_per_row + bit / word_bits),
          .mask = std::uint64_t{1} << (bit % word_bits)};
}

const std::uint64_t* free_seats::row_words(const block& in, std::int32_t row) const {
  return words_.data() + in.first_word + row * in.words_per_row;
}

bool free_seats::is_free(seat_id seat) const {
  const bit_place at = bit_of(seat);
  return (words_[at.word] & at.mask) != 0;
}

bool free_seats::has_tier(std::string_view tier) const {
  return std::any_of(blocks_.begin(), blocks_.end(), [&](const block& in) { return in.tier == tier; });
}

void free_seats::take(seat_id seat) {
  const bit_place at = bit_of(seat);
  assert((words_[at.word] & at.mask) != 0 && "a seat has one owner");
  words_[at.word] &= ~at.mask;
  --row_free_[at.row];
  --blocks_[at.block].free;
  --free_;
}

void free_seats::give_back(seat_id seat) {
  const bit_place at = bit_of(seat);
  assert((words_[at.word] & at.mask) == 0 && "only a taken seat is given back");
  words_[at.word] |= at.mask;
  ++row_free_[at.row];
  ++blocks_[at.block].free;
  ++free_;
}

/// Of a run of free seats (from bit `begin`), only the places next to the ideal one and next to the run's
/// ends can win: at most two places in it leave a single seat, and the distance grows away from the ideal.
void free_seats::best_of_run(const block& in, std::int32_t row, std::int32_t begin, std::int32_t length,
                             std::int32_t count, window& best) {
  const std::int32_t spare = length - count;
  const std::int32_t ideal = std::clamp((in.seats_per_row - count) / 2 - begin, 0, spare);
  for (std::int32_t left = std::max(0, ideal - 3); left <= std::min(spare, ideal + 3); ++left) {
    const bool leaves_single = left == 1 || spare - left == 1;
    const std::int64_t distance = distance_of(row, begin + left + 1, count, in.seats_per_row);
    if (best.distance >= 0 &&
        std::pair(best.leaves_single, best.distance) <= std::pair(leaves_single, distance))
      continue;
    best = {.leaves_single = leaves_single,
            .distance = distance,
            .first = in.first_seat + row * in.seats_per_row + begin + left};
  }
}

void free_seats::best_window_of(const block& in, std::int32_t count, window& best) const {
  for (std::int32_t row = 0; row < in.rows; ++row) {
    if (best.distance >= 0 && !best.leaves_single && squared(2 * std::int64_t{row}) >= best.distance)
      return; // every later row is at least as far, and equals lose to who came first
    if (row_free_[static_cast<std::size_t>(in.first_row + row)] < count)
      continue;
    const std::uint64_t* words = row_words(in, row);
    for (std::int32_t at = 0; at < in.seats_per_row;) {
      const auto [begin, end] = next_run(words, in.seats_per_row, at);
      if (end - begin >= count)
        best_of_run(in, row, begin, end - begin, count, best);
      at = end;
    }
  }
}

std::vector<seat_id> free_seats::nearest(std::int32_t count, std::string_view tier) const {
  // Sections, rows and numbers are in the order of seat ids, so a pair orders as the rule says.
  using candidate = std::pair<std::int64_t, seat_id>;
  std::vector<candidate> chosen; // a heap, the worst on top
  const auto room = static_cast<std::size_t>(count);
  for (const block& in : blocks_) {
    if (in.free == 0 || (!tier.empty() && in.tier != tier))
      continue;
    for (std::int32_t row = 0; row < in.rows; ++row) {
      if (chosen.size() == room && squared(2 * std::int64_t{row}) >= chosen.front().first)
        break;
      if (row_free_[static_cast<std::size_t>(in.first_row + row)] == 0)
        continue;
      const std::uint64_t* words = row_words(in, row);
      const seat_id row_begin = in.first_seat + row * in.seats_per_row;
      for (std::int32_t word = 0; word < in.words_per_row; ++word) {
        for (std::uint64_t rest = words[word]; rest != 0; rest &= rest - 1) {
          const std::int32_t bit = word * word_bits + std::countr_zero(rest);
          const candidate seat{distance_of(row, bit + 1, 1, in.seats_per_row), row_begin + bit};
          if (chosen.size() == room) {
            if (chosen.front() <= seat)
              continue;
            std::pop_heap(chosen.begin(), chosen.end());
            chosen.pop_back();
          }
          chosen.push_back(seat);
          std::push_heap(chosen.begin(), chosen.end());
        }
      }
    }
  }
  if (chosen.size() < room)
    return {};
  std::vector<seat_id> seats;
  seats.reserve(room);
  for (const candidate& seat : chosen)
    seats.push_back(seat.second);
  std::sort(seats.begin(), seats.end());
  return seats;
}

std::vector<seat_id> free_seats::best(std::int32_t count, std::string_view tier) const {
  assert(count >= 1);
  window found;
  for (const block& in : blocks_)
    if (in.free >= count && in.seats_per_row >= count && (tier.empty() || in.tier == tier))
      best_window_of(in, count, found);
  if (found.distance < 0)
    return count <= free_ ? nearest(count, tier) : std::vector<seat_id>{};
  std::vector<seat_id> seats(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < seats.size(); ++i)
    seats[i] = found.first + static_cast<seat_id>(i);
  return seats;
}

std::size_t free_seats::memory_bytes() const {
  return blocks_.capacity() * sizeof(block) + row_free_.capacity() * sizeof(std::int32_t) +
         words_.capacity() * sizeof(std::uint64_t);
}

} // namespace frontrow::domain
