#include "bench/contest/outcome.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace frontrow::bench {

namespace {

std::string many(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what;
}

} // namespace

std::optional<std::string> check_holds(const std::vector<hold_record>& acknowledged,
                                       const std::vector<hold_record>& recorded) {
  std::set<std::pair<std::int64_t, int>> taken;
  std::map<std::string, const hold_record*> by_reservation;
  for (const auto& each : recorded) {
    for (const int seat : each.seats)
      if (!taken.emplace(each.option, seat).second)
        return "seat " + std::to_string(seat) + " of option " + std::to_string(each.option) +
               " is held twice";
    if (!by_reservation.emplace(each.reservation, &each).second)
      return "reservation " + each.reservation + " is recorded twice";
  }
  std::set<std::string> told;
  for (const auto& each : acknowledged) {
    if (!told.insert(each.reservation).second)
      return "reservation " + each.reservation + " was acknowledged twice";
    const auto found = by_reservation.find(each.reservation);
    if (found == by_reservation.end())
      return "reservation " + each.reservation + " was acknowledged and is not there";
    if (found->second->user != each.user || found->second->option != each.option ||
        found->second->seats != each.seats)
      return "reservation " + each.reservation + " is recorded otherwise than it was acknowledged";
  }
  if (recorded.size() != acknowledged.size())
    return many(recorded.size(), "holds are recorded, ") + many(acknowledged.size(), "were acknowledged");
  return std::nullopt;
}

std::optional<std::string> check_charges(const std::vector<charge_record>& acknowledged,
                                         const std::vector<charge_record>& recorded,
                                         const std::map<std::int64_t, std::int64_t>& balances) {
  std::map<std::string, const charge_record*> by_id;
  std::map<std::int64_t, std::int64_t> sums;
  std::set<std::pair<std::int64_t, std::int64_t>> reached;
  for (const auto& each : recorded) {
    if (!by_id.emplace(each.charge, &each).second)
      return "charge " + each.charge + " is recorded twice";
    if (!reached.emplace(each.user, each.balance).second)
      return "two charges of user " + std::to_string(each.user) + " led to " + std::to_string(each.balance);
    sums[each.user] += each.amount;
  }
  if (sums != balances)
    return "the balances are not the sums of the charges";
  std::set<std::string> told;
  for (const auto& each : acknowledged) {
    if (!told.insert(each.charge).second)
      return "charge " + each.charge + " was acknowledged twice";
    const auto found = by_id.find(each.charge);
    if (found == by_id.end())
      return "charge " + each.charge + " was acknowledged and is not there";
    const auto& there = *found->second;
    if (std::tie(there.user, there.amount, there.balance) != std::tie(each.user, each.amount, each.balance))
      return "charge " + each.charge + " is recorded otherwise than it was acknowledged";
  }
  if (recorded.size() != acknowledged.size())
    return many(recorded.size(), "charges are recorded, ") + many(acknowledged.size(), "were acknowledged");
  return std::nullopt;
}

std::optional<std::string> check_places(const std::vector<std::int64_t>& acknowledged,
                                        const std::vector<std::int64_t>& recorded) {
  auto told = acknowledged, there = recorded;
  std::sort(told.begin(), told.end());
  std::sort(there.begin(), there.end());
  if (const auto twice = std::adjacent_find(there.begin(), there.end()); twice != there.end())
    return "user " + std::to_string(*twice) + " has two places";
  if (told == there)
    return std::nullopt;
  std::vector<std::int64_t> lost;
  std::set_difference(told.begin(), told.end(), there.begin(), there.end(), std::back_inserter(lost));
  if (!lost.empty())
    return many(lost.size(), "acknowledged places are not there, the first that of user ") +
           std::to_string(lost.front());
  return many(there.size(), "places are recorded, ") + many(told.size(), "were acknowledged");
}

std::optional<std::string> check_payments(const std::vector<payment_record>& acknowledged,
                                          const std::vector<payment_record>& recorded, std::int64_t charged,
                                          std::int64_t left) {
  std::map<std::string, const payment_record*> by_reservation;
  std::int64_t paid = 0;
  for (const auto& each : recorded) {
    if (!by_reservation.emplace(each.reservation, &each).second)
      return "reservation " + each.reservation + " is paid twice";
    paid += each.amount;
  }
  for (const auto& each : acknowledged) {
    const auto found = by_reservation.find(each.reservation);
    if (found == by_reservation.end())
      return "the payment of " + each.reservation + " was acknowledged and is not there";
    if (found->second->user != each.user || found->second->amount != each.amount)
      return "the payment of " + each.reservation + " is recorded otherwise than it was acknowledged";
  }
  if (recorded.size() != acknowledged.size())
    return many(recorded.size(), "payments are recorded, ") + many(acknowledged.size(), "were acknowledged");
  if (charged != paid + left)
    return std::to_string(charged) + " was charged, " + std::to_string(paid) + " paid and " +
           std::to_string(left) + " is left";
  return std::nullopt;
}

} // namespace frontrow::bench
