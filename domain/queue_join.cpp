#include "domain/queue.hpp"

#include <algorithm>
#include <cassert>

namespace frontrow::domain {

/// Decides joins one after the other, each as if what came of those before had been recorded.
class queue::joining {
public:
  joining(const queue& room, instant at) : room_(room), at_(at) {}

  std::variant<place_view, refused> join(const join_queue& command) {
    if (!room_.book_.opened())
      return refused{refusal::concert_not_found};
    if (command.user <= 0)
      return refused{refusal::invalid_request};
    const auto latest = room_.latest_place(command.user);
    const auto remembered = room_.look_through(latest, command.command);
    const auto* fresh = taken_by(command.user);
    if (fresh != nullptr && command.command && fresh->command == command.command)
      return view_of(*fresh, answer::made, active());
    if (remembered.by_command)
      return view_of(remembered.by_command, answer::made);
    if (fresh != nullptr)
      return view_of(*fresh, answer::found, active());
    const auto status = latest ? room_.book_.status_at(room_.book_.at(latest), at_) : place_status::expired;
    if (status == place_status::waiting || status == place_status::active)
      return view_of(latest, answer::found);
    if (room_.sold_out())
      return refused{refusal::sold_out};
    if (waiting() >= room_.policy().capacity || remembered.count >= user_places_max)
      return refused{refusal::queue_full};
    return take(command, latest);
  }

  template <class Events>
  void record_into(Events& events) && {
    if (taken_.empty())
      return;
    const auto first = room_.book_.next_place();
    if (!over_.empty()) {
      std::sort(over_.begin(), over_.end());
      events.emplace_back(places_ended{at_, place_end::expired, std::move(over_)});
    }
    if (taken_.size() == 1)
      events.emplace_back(
          place_taken{at_, first, taken_.front().user, taken_.front().secret, taken_.front().command});
    else
      events.emplace_back(places_taken{at_, first, std::move(taken_)});
    if (admitted_ > 0)
      events.emplace_back(places_admitted{at_, first + admitted_ - 1, static_cast<std::int32_t>(admitted_),
                                          shopping_until()});
  }

private:
  using taker = places_taken::taker;

  std::int64_t waiting() const {
    return room_.waiting() + static_cast<std::int64_t>(taken_.size()) - admitted_;
  }
  std::int64_t active() const { return room_.active() - static_cast<std::int64_t>(over_.size()) + admitted_; }
  instant shopping_until() const { return at_ + seconds{room_.policy().active_seconds}; }

  const taker* taken_by(user_id user) const {
    const auto found =
        std::find_if(taken_.begin(), taken_.end(), [&](const taker& each) { return each.user == user; });
    return found == taken_.end() ? nullptr : &*found;
  }

  place_view take(const join_queue& command, place_number latest) {
    const auto at_once = waiting() == 0 && room_.admitting() && active() < room_.policy().max_active &&
                         room_.bucket_.level_at(at_, room_.limits()) >= (admitted_ + 1) * token_bucket::one;
    const auto shopping = active();
    if (latest && room_.book_.at(latest).status() == place_status::active)
      over_.push_back(latest); // its time is over, its tick still to come
    taken_.push_back({command.user, command.secret, command.command});
    admitted_ += at_once ? 1 : 0;
    return view_of(taken_.back(), answer::made, shopping);
  }

  /// One who had a place before, while as many shop as do now.
  place_view view_of(place_number place, answer how) const {
    auto view = room_.book_.view_of(place, how, at_);
    if (view.status == place_status::waiting)
      room_.book_.describe_waiting(view, view.position, active());
    return view;
  }

  place_view view_of(const taker& one, answer how, std::int64_t shopping) const {
    const auto nth = &one - taken_.data();
    place_view view;
    view.how = how;
    view.place = room_.book_.next_place() + nth;
    view.secret = one.secret;
    view.user = one.user;
    if (nth < admitted_)
      place_book::describe_active(view, shopping_until());
    else
      room_.book_.describe_waiting(view, room_.waiting() + nth - admitted_ + 1, shopping);
    return view;
  }

  const queue& room_;
  const instant at_;
  std::vector<place_number> over_;
  std::vector<taker> taken_;
  std::int64_t admitted_ = 0; // the first of them
};

queue::decided<place_view> queue::decide(const join_queue& command, instant now) const {
  joining one(*this, no_earlier(now));
  auto told = one.join(command);
  if (auto* why = std::get_if<refused>(&told))
    return std::move(*why);
  decided<place_view> result(std::get<place_view>(told));
  std::move(one).record_into(result.events);
  return result;
}

queue::decided<joined_together> queue::decide(const join_together& command, instant now) const {
  joining each(*this, no_earlier(now));
  decided<joined_together> result;
  result.reply.answers.reserve(command.all.size());
  for (const auto& one : command.all)
    result.reply.answers.push_back(each.join(one));
  std::move(each).record_into(result.events);
  return result;
}

place_number queue::latest_place(user_id user) const {
  const auto found = latest_place_.find(user);
  return found == latest_place_.end() ? 0 : found->second;
}

/// From a user's latest place back. It costs no memory, and user_places_max bounds the way: almost
/// everybody's is one place long.
queue::remembered_places queue::look_through(place_number latest, command_id command) const {
  remembered_places seen;
  for (auto place = latest; place >= book_.first_place() && seen.count < user_places_max;
       place = origin_of(place).previous) {
    ++seen.count;
    if (command && origin_of(place).command == command) {
      seen.by_command = place;
      break;
    }
  }
  return seen;
}

} // namespace frontrow::domain
