#include "http/availability_board.hpp"

#include "http/ask.hpp"

namespace frontrow::http {

awaitable<std::vector<std::optional<std::int32_t>>>
availability_board::read(std::vector<actors::option_on_show> options, std::string trace) {
  std::vector<std::int64_t> ids;
  ids.reserve(options.size());
  for (const auto& each : options)
    ids.push_back(each->option);
  std::vector<std::optional<std::int32_t>> figures(ids.size());
  std::vector<actors::outcome<domain::availability>> told(ids.size(), actors::unavailable{});
  if (node_.writer().available()) { // otherwise the seat maps answer late or never
    const domain::read_availability question;
    told = co_await ask_each<domain::seat_map>(node_, ids, question, std::move(trace));
  }
  std::lock_guard lock{mutex_};
  for (std::size_t at = 0; at < ids.size(); ++at) {
    if (const auto* seats = std::get_if<domain::availability>(&told[at]))
      last_known_[ids[at]] = seats->available;
    if (const auto known = last_known_.find(ids[at]); known != last_known_.end())
      figures[at] = known->second;
  }
  co_return figures;
}

} // namespace frontrow::http
