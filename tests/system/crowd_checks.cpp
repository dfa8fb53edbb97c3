// What the crowd finds when all is over, against what each was told.
#include "crowd.hpp"

#include <map>

namespace frontrow::test {

void crowd::check_everyone() {
  seats_held_ = 0;
  seats_sold_ = 0;
  client_.forget_connections();
  std::vector<asio::awaitable<void>> checks;
  for (auto& one : buyers_)
    checks.push_back(check(one));
  client_.run(std::move(checks));
}

asio::awaitable<std::optional<std::vector<json>>> crowd::list(const buyer& one, std::string target,
                                                              std::string member) {
  auto request = one.who.get(target);
  auto answer = co_await surely(std::move(request));
  auto document = answer.document();
  if (answer.status != 200 || !document.contains(member)) {
    complain(one, target, answer);
    co_return std::nullopt;
  }
  std::vector<json> entries;
  for (const auto& entry : document[member])
    entries.push_back(entry);
  co_return entries;
}

/// A payment under way settles by itself: nobody asks for it again.
asio::awaitable<bool> crowd::wait_until_settled(buyer& one) {
  const auto until = std::chrono::steady_clock::now() + patience;
  do {
    auto pending = co_await list(one, "/api/v1/payments?status=PENDING", "payments");
    if (!pending)
      co_return false;
    if (pending->empty())
      co_return true;
    co_await client_.pause(std::chrono::milliseconds{50});
  } while (std::chrono::steady_clock::now() < until);
  complain(one, "a payment is still pending");
  co_return false;
}

asio::awaitable<void> crowd::check(buyer& one) {
  if (!co_await wait_until_settled(one))
    co_return;
  auto payments = co_await list(one, "/api/v1/payments", "payments");
  auto reservations = co_await list(one, "/api/v1/reservations", "reservations");
  auto history = co_await list(one, "/api/v1/balance/history", "entries");
  if (!payments || !reservations || !history)
    co_return;
  std::int64_t spent = 0;
  check_payments(one, *payments, spent);
  check_reservations(one, *reservations);
  check_history(one, *history, std::ssize(*payments) - one.failed_payments);

  std::int64_t charged = 0;
  for (auto amount : one.charges)
    charged += amount;
  auto balance_request = one.who.balance();
  auto balance = co_await surely(std::move(balance_request));
  if (balance.document().value("balance", std::int64_t{-1}) != charged - spent)
    complain(one, "the balance is not " + std::to_string(charged - spent), balance);

  if (one.who.queue_token.empty())
    co_return;
  auto poll = one.who.poll();
  auto place = co_await surely(std::move(poll));
  const auto status = place.document().value("status", "");
  if (place.status != 200 || (!one.payment.empty() && status != "COMPLETED"))
    complain(one, "the place after a purchase", place);
}

void crowd::check_payments(buyer& one, const std::vector<json>& payments, std::int64_t& spent) {
  std::map<std::string, int> counts;
  for (const auto& payment : payments) {
    const auto status = payment.value("status", "");
    ++counts[status];
    if (status == "COMPLETED")
      spent += payment.value("amount", std::int64_t{0});
    if (payment.value("paymentId", "") == one.payment && status != (one.is_cancelled ? "CANCELLED" : "COMPLETED"))
      complain(one, "an acknowledged payment is " + payment.dump());
  }
  const auto made = counts["COMPLETED"] + counts["CANCELLED"];
  if (counts["FAILED"] != one.failed_payments)
    complain(one, std::to_string(counts["FAILED"]) + " failed payments");
  if (made > 1 || (made == 0 && !one.payment.empty()))
    complain(one, std::to_string(made) + " payments instead of one: " + json(payments).dump());
  if (counts["CANCELLED"] != (one.is_cancelled ? 1 : 0))
    complain(one, "cancelled payments: " + json(payments).dump());
}

void crowd::check_reservations(buyer& one, const std::vector<json>& reservations) {
  if (reservations.size() != (one.reservation.empty() ? 0u : 1u)) {
    complain(one, std::to_string(reservations.size()) + " reservations: " + json(reservations).dump());
    return;
  }
  for (const auto& reservation : reservations) {
    const auto status = reservation.value("status", "");
    if (status == "CONFIRMED")
      seats_sold_ += one.seats_wanted;
    if (status == "HELD")
      seats_held_ += one.seats_wanted;
    if (reservation.value("reservationId", "") != one.reservation)
      complain(one, "another reservation than the acknowledged one: " + reservation.dump());
    if (one.is_cancelled ? status != "CANCELLED" : !one.payment.empty() && status != "CONFIRMED")
      complain(one, "the reservation is " + reservation.dump());
    if (one.has_left && status != "HELD" && status != "CONFIRMED")
      complain(one, "a reservation left alone is " + reservation.dump());
  }
}

void crowd::check_history(const buyer& one, const std::vector<json>& entries, std::int64_t payments_made) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& entry : entries)
    ++counts[entry.value("type", "")];
  if (counts["CHARGE"] != std::ssize(one.charges) || counts["DEBIT"] != payments_made ||
      counts["REFUND"] != (one.is_cancelled ? 1 : 0))
    complain(one, "the history is " + json(entries).dump());
}

} // namespace frontrow::test
