#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/seat_map_terms.hpp"

namespace frontrow::domain {

/// Which seats of an option are free, in a shape in which the best of them are found fast: a bit a seat,
/// each row beginning on its own word, with a count per row and per section to skip what is full.
///
/// Not more than 12 bytes a row and 8 bytes per 64 seats of a row.
class free_seats {
public:
  free_seats() = default;
  /// Of valid terms; every seat free.
  explicit free_seats(const option_terms& terms);

  std::int32_t total() const { return total_; }
  std::int32_t free() const { return free_; }
  bool exists(seat_id seat) const { return seat >= 1 && seat <= total_; }
  bool is_free(seat_id seat) const;
  /// The price of a seat that exists.
  money price(seat_id seat) const { return blocks_[block_of(seat)].price; }
  bool has_tier(std::string_view tier) const;

  /// A free seat is taken; a taken one given back. Anything else is a broken rule.
  void take(seat_id seat);
  void give_back(seat_id seat);

  /// The best `count` (>= 1) free seats of a tier (empty: of any), in order of their ids; none if the tier
  /// has not that many.
  ///
  /// Adjacent seats of one row come first. Among those, a choice that leaves no single free seat beside it
  /// beats one that does; then the one whose centre is nearest to the middle of its section's front row
  /// (rows and seats are both one step apart); then the lower section, row, number. Where no row has room
  /// for all, the `count` single seats that are nearest in the same measure.
  std::vector<seat_id> best(std::int32_t count, std::string_view tier) const;

  std::size_t memory_bytes() const;

private:
  struct block {
    std::string tier;
    money price = 0;
    std::int32_t rows = 0;
    std::int32_t seats_per_row = 0;
    std::int32_t words_per_row = 0;
    std::int32_t first_seat = 0; // seat id
    std::int32_t first_row = 0;  // index into row_free_
    std::int32_t first_word = 0; // index into words_
    std::int32_t free = 0;
  };
  struct bit_place {
    std::size_t block;
    std::size_t row; // index into row_free_
    std::size_t word;
    std::uint64_t mask;
  };
  struct window {
    bool leaves_single = true;
    std::int64_t distance = -1; // squared, in half steps; −1: no window yet
    seat_id first = 0;
  };

  std::size_t block_of(seat_id seat) const;
  bit_place bit_of(seat_id seat) const;
  const std::uint64_t* row_words(const block& in, std::int32_t row) const;
  static void best_of_run(const block& in, std::int32_t row, std::int32_t begin, std::int32_t length,
                          std::int32_t count, window& best);
  void best_window_of(const block& in, std::int32_t count, window& best) const;
  std::vector<seat_id> nearest(std::int32_t count, std::string_view tier) const;

  std::vector<block> blocks_;
  std::vector<std::int32_t> row_free_;
  std::vector<std::uint64_t> words_; // set: free
  std::int32_t total_ = 0;
  std::int32_t free_ = 0;
};

} // namespace frontrow::domain
