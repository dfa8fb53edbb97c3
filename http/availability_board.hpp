#pragma once

#include "actors/catalog.hpp"
#include "http/await_answer.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <mutex>
#include <optional>
#include <vector>

namespace frontrow::http {

/// How many seats are free on each date: asked of the seat maps, and remembered for when one does not answer.
/// Safe from any thread.
class availability_board {
public:
  explicit availability_board(actors::node& node) : node_(node) {}

  /// In the order of `options`; nothing where a seat map does not answer and never has.
  awaitable<std::vector<std::optional<std::int32_t>>> read(std::vector<actors::option_on_show> options,
                                                                 std::string trace);

private:
  actors::node& node_;
  std::mutex mutex_;
  boost::unordered_flat_map<domain::option_id, std::int32_t> last_known_;
};

} // namespace frontrow::http
