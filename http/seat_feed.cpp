#include "http/seat_feed.hpp"

#include "http/object_text.hpp"
#include "http/views_json.hpp"

#include <algorithm>
#include <map>

namespace frontrow::http {

std::string seat_changes_json(domain::option_id option, domain::event_number version,
                              const std::vector<seat_change>& changed) {
  object_text body;
  body.add("optionId", option).add("version", version);
  body.add_json("changed", list_text(changed, [](const seat_change& each) {
                  object_text seat;
                  seat.add("seatId", each.seat).add("status", name_of(each.status));
                  return std::move(seat).text();
                }));
  return std::move(body).text();
}

std::shared_ptr<const std::string> seat_list_base::text() const {
  std::call_once(once_, [this] {
    text_ = std::make_shared<const std::string>(layout_->text(option_, list_, std::nullopt));
  });
  return text_;
}

std::shared_ptr<const std::string> seat_page::changes_since(domain::event_number known) const {
  const auto first =
      std::find_if(steps_.begin(), steps_.end(), [&](const auto& each) { return each->from == known; });
  if (first == steps_.end())
    return nullptr;
  if (std::next(first) == steps_.end())
    return (*first)->text;
  std::map<domain::seat_id, domain::seat_status> merged; // the later word counts
  for (auto each = first; each != steps_.end(); ++each)
    for (const auto& change : (*each)->changed)
      merged[change.seat] = change.status;
  std::vector<seat_change> changed;
  changed.reserve(merged.size());
  for (const auto& [seat, status] : merged)
    changed.push_back({seat, status});
  return std::make_shared<const std::string>(seat_changes_json(option_, version_, changed));
}

std::shared_ptr<const seat_page> seat_feed::update(domain::seat_list list, time_point now) {
  const auto news = list.version > list_.version && list.statuses.size() == layout_->seats();
  if (!news)
    return nullptr;
  if (page_) {
    auto step = std::make_shared<seat_page::step>();
    step->from = list_.version;
    step->to = list.version;
    for (std::size_t at = 0; at < list.statuses.size(); ++at)
      if (list.statuses[at] != list_.statuses[at])
        step->changed.push_back({static_cast<domain::seat_id>(at + 1), list.statuses[at]});
    step->text = std::make_shared<const std::string>(seat_changes_json(option_, step->to, step->changed));
    changes_ += step->changed.size();
    steps_.push_back(std::move(step));
  }
  list_ = std::move(list);
  while (steps_.size() > steps_max || changes_ > changes_max) {
    changes_ -= steps_.front()->changed.size();
    steps_.pop_front();
  }
  const auto base_is_behind = steps_.empty() || !base_ || base_->version() < steps_.front()->from;
  if (base_is_behind || base_made_ + base_life <= now) {
    base_ = std::make_shared<const seat_list_base>(option_, layout_, list_);
    base_made_ = now;
  }
  auto page = std::make_shared<seat_page>();
  page->option_ = option_;
  page->version_ = list_.version;
  page->base_ = base_;
  page->steps_.assign(steps_.begin(), steps_.end());
  return page_ = std::move(page);
}

seat_feed::span seat_feed::pause(std::size_t listeners) {
  const auto work = std::chrono::duration_cast<span>(per_listener * static_cast<std::int64_t>(listeners));
  return std::clamp(work, pause_least, pause_most);
}

} // namespace frontrow::http
