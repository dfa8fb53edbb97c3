#include "journal_events.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace frontrow::test {

namespace {

std::int64_t milliseconds_of(const json& time) {
  if (time.is_number())
    return time.get<std::int64_t>();
  const auto since = time_of(time.get<std::string>()).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

/// Follows one queue's journal.
class queue_examiner {
public:
  void see(const journal_event& event) {
    if (event.type == "queue_opened" || event.type == "policy_changed")
      new_policy(event.data.at("policy"));
    else if (event.type == "place_taken")
      taken(event, event.data.at("place"), event.data.at("user"));
    else if (event.type == "places_taken_together")
      for (std::int64_t place = event.data.at("first"); const auto& each : event.data.at("takers"))
        taken(event, place++, each.at("user"));
    else if (event.type == "places_admitted")
      admitted(event);
    else if (event.type == "places_ended")
      for (const auto& place : event.data.at("places"))
        ended(place);
  }
  queue_record record;

private:
  void complain(const journal_event& event, const std::string& what) {
    record.complaints.push_back("event " + std::to_string(event.version) + ": " + what);
  }

  /// Where the policy changes the allowance begins anew; the promise across the change is the domain tests' business.
  void new_policy(const json& policy) {
    rate_ = policy.at("rate_per_second");
    burst_ = policy.at("burst");
    max_active_ = policy.at("max_active");
    least_before_ = std::numeric_limits<std::int64_t>::max();
  }

  void taken(const journal_event& event, std::int64_t place, std::int64_t user) {
    if (place != ++last_place_)
      complain(event, "place " + std::to_string(place) + " is not the next one");
    if (!present_.insert(user).second)
      complain(event, "user " + std::to_string(user) + " has a second place");
    user_of_[place] = user;
    waiting_.insert(place);
    record.users_in_order.push_back(user);
  }

  void admitted(const journal_event& event) {
    const std::int64_t count = event.data.at("count");
    if (record.first_admission_at == 0)
      record.first_admission_at = event.at;
    record.last_admission_at = event.at;
    // In thousandths of a person: A(j) - rate t(j) <= min over i <= j of (B(i) - rate t(i)) + burst.
    least_before_ = std::min(least_before_, admitted_total_ * 1000 - rate_ * event.at);
    admitted_total_ += count;
    if (admitted_total_ * 1000 - rate_ * event.at > least_before_ + burst_ * 1000)
      complain(event, "more than rate x time + burst admitted");
    for (std::int64_t at = 0; at < count; ++at) {
      if (waiting_.empty()) {
        complain(event, "more admitted than waited");
        return;
      }
      const auto first = *waiting_.begin();
      waiting_.erase(waiting_.begin());
      active_.insert(first);
      record.admitted_users.push_back(user_of_[first]);
      if (at == count - 1 && first != event.data.at("through").get<std::int64_t>())
        complain(event, "not the first in the queue were admitted");
    }
    record.active_most = std::max(record.active_most, static_cast<std::int64_t>(active_.size()));
    if (static_cast<std::int64_t>(active_.size()) > max_active_)
      complain(event, std::to_string(active_.size()) + " shop at once");
  }

  void ended(std::int64_t place) {
    waiting_.erase(place);
    active_.erase(place);
    present_.erase(user_of_[place]);
  }

  std::int64_t rate_ = 0;
  std::int64_t burst_ = 0;
  std::int64_t max_active_ = 0;
  std::int64_t last_place_ = 0;
  std::int64_t admitted_total_ = 0;
  std::int64_t least_before_ = std::numeric_limits<std::int64_t>::max();
  std::set<std::int64_t> waiting_;
  std::set<std::int64_t> active_;
  std::set<std::int64_t> present_;
  std::map<std::int64_t, std::int64_t> user_of_;
};

} // namespace

std::vector<journal_event> journal_of(deployment& house, const std::string& kind, std::int64_t id) {
  return journal_of([&](const std::string& target) { return house.admin_get(target); }, kind, id);
}

std::vector<journal_event> journal_of(const std::function<json(const std::string&)>& get, const std::string& kind,
                                      std::int64_t id) {
  std::vector<journal_event> all;
  const auto target = "/admin/v1/actors/" + kind + "/" + std::to_string(id) + "/events";
  std::string after;
  do {
    auto page = get(target + (after.empty() ? "" : "?after=" + after));
    for (const auto& row : page.at("events")) {
      journal_event event;
      event.version = row.at("version");
      event.at = milliseconds_of(row.at("at"));
      event.trace_id = row.at("traceId");
      event.type = row.at("type");
      event.data = row.at("data");
      all.push_back(std::move(event));
    }
    auto next = page.find("next");
    after = next == page.end() || next->is_null() ? "" : next->is_string() ? next->get<std::string>() : next->dump();
  } while (!after.empty());
  return all;
}

queue_record examine_queue(const std::vector<journal_event>& events) {
  queue_examiner examiner;
  for (const auto& event : events)
    examiner.see(event);
  return std::move(examiner.record);
}

} // namespace frontrow::test
