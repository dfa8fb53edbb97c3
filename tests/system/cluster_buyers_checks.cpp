// What the buyers find when all is over, against what each was told.
#include "cluster_buyers.hpp"

#include <algorithm>
#include <numeric>
#include <sstream>

namespace frontrow::test {

namespace {
constexpr std::size_t checks_at_once = 32;
}

const std::vector<std::string>& cluster_buyers::end_and_check() {
  is_over_ = true;
  if (thread_.joinable())
    thread_.join();
  client_.forget_connections();
  const auto unavailable = seen_.unavailable;
  const auto waited = waited_us_;
  const auto longest = seen_.longest;
  const auto slowest = seen_.slowest;
  std::vector<asio::awaitable<void>> checks;
  for (std::size_t first = 0; first < checks_at_once; ++first)
    checks.push_back(check_some(first, checks_at_once));
  client_.run(std::move(checks));
  check_seats();
  if (seen_.unavailable != unavailable)
    complaints_.push_back(std::to_string(seen_.unavailable - unavailable) +
                          " answers were 503 when all was over");
  // The checks are no buyers.
  waited_us_ = waited;
  seen_.longest = longest;
  seen_.slowest = slowest;
  return complaints_;
}

asio::awaitable<void> cluster_buyers::check_some(std::size_t first, std::size_t step) {
  for (auto at = first; at < buyers_.size(); at += step)
    co_await check(buyers_[at]);
}

asio::awaitable<void> cluster_buyers::check(buyer& one) {
  auto ask_reservations = one.who.get("/api/v1/reservations");
  auto reservations = co_await surely(one, std::move(ask_reservations));
  auto held = reservations.document();
  const std::string status = one.reservation.empty() ? "none"
                             : one.is_released       ? "RELEASED"
                             : one.is_cancelled      ? "CANCELLED"
                             : one.payment.empty()   ? "HELD"
                                                     : "CONFIRMED";
  if (reservations.status != 200 || held.at("reservations").size() != (one.reservation.empty() ? 0u : 1u) ||
      (!one.reservation.empty() &&
       (held.at("reservations")[0].value("reservationId", "") != one.reservation ||
        held.at("reservations")[0].value("status", "") != status)))
    complain(one, "expected one reservation, " + status + " " + one.reservation, reservations);

  auto ask_payments = one.who.get("/api/v1/payments");
  auto payments = co_await surely(one, std::move(ask_payments));
  int made = 0, failed = 0;
  if (payments.status == 200) {
    const auto listed = payments.document();
    for (const auto& payment : listed.at("payments"))
      if (payment.value("status", "") == "FAILED") {
        ++failed;
      } else {
        ++made;
        if (payment.value("paymentId", "") != one.payment ||
            payment.value("status", "") != (one.is_cancelled ? "CANCELLED" : "COMPLETED"))
          complain(one, "another payment than the acknowledged one, " + one.payment, payments);
      }
  }
  if (payments.status != 200 || made != (one.payment.empty() ? 0 : 1) || failed != one.failed_payments)
    complain(one, "the payments", payments);

  const auto expected = one.charged - (one.payment.empty() || one.is_cancelled ? 0 : one.amount);
  auto ask_balance = one.who.balance();
  auto balance = co_await surely(one, std::move(ask_balance));
  if (balance.document().value("balance", std::int64_t{-1}) != expected)
    complain(one, "the balance is not " + std::to_string(expected), balance);
}

void cluster_buyers::check_seats() {
  for (const auto& place : halls_) {
    std::map<std::int64_t, int> owners;
    std::size_t held = 0;
    for (const auto& one : buyers_) {
      if (one.where.option != place.option || one.is_cancelled || one.is_released)
        continue;
      if (one.payment.empty())
        held += one.seats.size();
      else
        for (const auto seat : one.seats)
          if (++owners[seat] == 2)
            complain(one, "seat " + std::to_string(seat) + " has two owners");
    }
    for (const auto front : fronts_) {
      const auto target = "/api/v1/options/" + std::to_string(place.option) + "/seats";
      http_client client(front);
      auto told = client.ask(http_request("GET", target));
      if (told.status == 0)
        continue; // a front that was killed
      std::size_t sold_now = 0, held_now = 0;
      const auto list = told.document();
      for (const auto& seat : list.at("seats")) {
        sold_now += seat.at("status") == "SOLD" ? 1 : 0;
        held_now += seat.at("status") == "HELD" ? 1 : 0;
      }
      if (sold_now != owners.size() || held_now != held)
        complaints_.push_back("option " + std::to_string(place.option) + ": " + std::to_string(sold_now) +
                              " sold and " + std::to_string(held_now) + " held, not " +
                              std::to_string(owners.size()) + " and " + std::to_string(held));
    }
  }
}

std::string cluster_buyers::summary() const {
  const std::lock_guard lock(mutex_);
  auto sorted = waited_us_;
  std::sort(sorted.begin(), sorted.end());
  auto at = [&](double part) {
    return sorted.empty()
               ? 0.0
               : static_cast<double>(
                     sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))]) /
                     1'000;
  };
  std::int64_t lost = 0;
  for (const auto& [front, count] : seen_.lost)
    lost += count;
  std::ostringstream out;
  out << seen_.answers << " answers, " << seen_.unavailable << " times 503, " << lost << " lost, "
      << seen_.purchases << " purchases; waited ms: median " << at(0.5) << ", 99% " << at(0.99) << ", 99.9% "
      << at(0.999) << ", longest " << static_cast<double>(seen_.longest.count()) / 1'000 << " ("
      << seen_.slowest << ")";
  return out.str();
}

} // namespace frontrow::test
