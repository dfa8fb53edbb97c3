#include "actors/place_board.hpp"

#include <utility>

namespace frontrow::actors {

std::optional<domain::place_view> place_board::read(const domain::read_place& question, domain::instant now) {
  std::unique_lock lock{mutex_};
  if (book_.find(question.place, question.secret, question.user) == nullptr)
    return std::nullopt;
  auto view = book_.view_of(question.place, domain::answer::found, book_.no_earlier(now));
  if (view.status != domain::place_status::waiting && view.status != domain::place_status::sold_out)
    return view;
  if (sights_.all.size() >= sights_max)
    return std::nullopt;
  sights_.all.push_back({question.place, now});
  any_sights_.store(true, std::memory_order_relaxed);
  const auto is_worth_a_call = sights_.all.size() % sights_worth_a_call == 0;
  lock.unlock();
  if (is_worth_a_call)
    call_();
  return view;
}

void place_board::tell(const domain::queue_event& durable) {
  std::lock_guard lock{mutex_};
  book_.apply(durable);
}

domain::places_seen place_board::take_sights() {
  if (!any_sights_.load(std::memory_order_relaxed))
    return {};
  std::lock_guard lock{mutex_};
  any_sights_.store(false, std::memory_order_relaxed);
  return std::exchange(sights_, {});
}

void place_boards::put_up(domain::concert_id concert, std::shared_ptr<place_board> board) {
  std::lock_guard lock{mutex_};
  boards_[concert] = std::move(board);
}

void place_boards::take_down(domain::concert_id concert, const std::shared_ptr<place_board>& board) {
  std::lock_guard lock{mutex_};
  if (const auto found = boards_.find(concert); found != boards_.end() && found->second == board)
    boards_.erase(found);
}

std::shared_ptr<place_board> place_boards::of(domain::concert_id concert) const {
  std::shared_lock lock{mutex_};
  const auto found = boards_.find(concert);
  return found == boards_.end() ? nullptr : found->second;
}

} // namespace frontrow::actors
