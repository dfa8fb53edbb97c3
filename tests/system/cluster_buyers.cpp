#include "cluster_buyers.hpp"

#include <algorithm>

// GCC 12 takes asio's frame allocation of an inlined coroutine for a mismatched one.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

namespace frontrow::test {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds retry_pause{40};
constexpr milliseconds think_time{40};
constexpr int halls_open = 8;
constexpr int seats_a_hall = 2'000;
constexpr std::int64_t charge_amount = 1'500;

} // namespace

cluster_buyers::cluster_buyers(cluster_deployment& where, std::uint64_t seed, std::size_t at_once)
    : house_(where), fronts_(where.front_ports()), at_once_(at_once), engine_(seed),
      client_(fronts_.front()) {
  for (int at = 0; at < halls_open; ++at) {
    hall one;
    one.concert = house_.open_concert(
        {{"ratePerSecond", 500}, {"burst", 50}, {"maxActive", 10'000}, {"abandonSeconds", 0}});
    one.option = house_.open_option(one.concert, {{"seatCount", seats_a_hall}});
    halls_.push_back(one);
  }
}

cluster_buyers::~cluster_buyers() {
  is_over_ = true;
  if (thread_.joinable())
    thread_.join();
}

void cluster_buyers::begin() {
  is_over_ = false;
  fronts_ = house_.front_ports();
  thread_ = std::thread([this] {
    std::vector<asio::awaitable<void>> lives;
    for (std::size_t at = 0; at < at_once_; ++at)
      lives.push_back(keep_coming());
    try {
      client_.run(std::move(lives));
    } catch (const std::exception& thrown) {
      complaints_.push_back(std::string("a buyer met an exception: ") + thrown.what());
    }
  });
}

bool cluster_buyers::wait_for_more(std::int64_t answers) {
  std::unique_lock lock(mutex_);
  const auto wanted = seen_.answers + answers;
  return changed_.wait_for(lock, patience, [&] { return seen_.answers >= wanted; });
}

cluster_buyers::figures cluster_buyers::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

milliseconds cluster_buyers::take_longest() {
  const std::lock_guard lock(mutex_);
  return std::chrono::duration_cast<milliseconds>(std::exchange(longest_lately_, microseconds{}));
}

void cluster_buyers::count(std::uint16_t front, const http_answer& answer) {
  const std::lock_guard lock(mutex_);
  if (answer.status == 0)
    ++seen_.lost[front];
  else if (answer.status == 503)
    ++seen_.unavailable;
  else
    ++seen_.answers;
  changed_.notify_all();
}

void cluster_buyers::complain(const buyer& one, const std::string& what) {
  complaints_.push_back("user " + std::to_string(one.who.user) + " (option " +
                        std::to_string(one.where.option) + "): " + what);
}

void cluster_buyers::complain(const buyer& one, const std::string& what, const http_answer& answer) {
  complain(one, what + ": " + answer.text() + " [" + answer.header("X-Trace-Id") + "]");
}

asio::awaitable<http_answer> cluster_buyers::surely(buyer& one, http_request request) {
  const auto began = steady_clock::now();
  http_answer answer;
  while (true) {
    const auto front = fronts_[one.turn++ % fronts_.size()];
    auto copy = request;
    answer = co_await client_.send_to(front, std::move(copy));
    count(front, answer);
    if (answer.status == 503 && (answer.header("Retry-After").empty() || answer.code() != "UNAVAILABLE"))
      complain(one, "a 503 that does not say when to come again", answer);
    if ((answer.status != 0 && answer.status != 503) || steady_clock::now() - began > patience)
      break;
    co_await client_.pause(retry_pause);
  }
  const auto took = std::chrono::duration_cast<microseconds>(steady_clock::now() - began);
  {
    const std::lock_guard lock(mutex_);
    waited_us_.push_back(took.count());
    if (took > seen_.longest) {
      seen_.longest = took;
      seen_.slowest = request.verb + " " + request.target + " of option " + std::to_string(one.where.option) +
                      " by user " + std::to_string(one.who.user) + ", trace " + answer.header("X-Trace-Id");
    }
    longest_lately_ = std::max(longest_lately_, took);
  }
  co_return answer;
}

/// The same with the same key, through the other front: the first answer again.
asio::awaitable<bool> cluster_buyers::ask_once_more(buyer& one, http_request request, std::string member,
                                                    std::string expected) {
  auto again = co_await surely(one, std::move(request));
  if ((again.status == 200 || again.status == 201) && again.document().value(member, "") == expected)
    co_return true;
  complain(one, "the second answer to one key is not the first, " + member + " " + expected, again);
  co_return false;
}

asio::awaitable<void> cluster_buyers::keep_coming() {
  while (!is_over_) {
    auto& one = buyers_.emplace_back();
    one.turn = static_cast<std::size_t>(engine_() % 2);
    one.where = halls_[engine_() % halls_.size()];
    co_await live(one);
  }
}

asio::awaitable<void> cluster_buyers::live(buyer& one) {
  if (!co_await get_in(one))
    co_return;
  if (one_in(6) && !co_await meet_a_sold_seat(one))
    co_return;
  if (!co_await take_seats(one))
    co_return;
  if (one_in(8)) {
    co_await release(one);
    co_return;
  }
  if (one_in(6) && !co_await pay_too_early(one))
    co_return;
  for (int number = 0; number < 2; ++number)
    if (!co_await charge(one))
      co_return;
  if (!co_await pay(one))
    co_return;
  if (one_in(2)) {
    co_await give_back(one);
    co_return;
  }
  auto& sold = sold_[one.where.option];
  sold.insert(sold.end(), one.seats.begin(), one.seats.end());
}

asio::awaitable<bool> cluster_buyers::get_in(buyer& one) {
  co_await client_.pause(think_time);
  auto request = one.who.join(one.where.concert, "join");
  auto joined = co_await surely(one, std::move(request));
  if (joined.status != 201 && joined.status != 200) {
    complain(one, "join", joined);
    co_return false;
  }
  auto place = joined.document();
  one.who.queue_token = place.value("queueToken", "");
  while (place.value("status", "") == "WAITING") {
    co_await client_.pause(think_time);
    auto poll = one.who.poll();
    auto seen = co_await surely(one, std::move(poll));
    if (seen.status != 200) {
      complain(one, "an acknowledged place is not there", seen);
      co_return false;
    }
    place = seen.document();
  }
  if (place.value("status", "") != "ACTIVE") {
    complain(one, "the place is " + place.dump());
    co_return false;
  }
  co_return true;
}

/// Somebody was told that the seat is sold to them: nobody else may get it, ever.
asio::awaitable<bool> cluster_buyers::meet_a_sold_seat(buyer& one) {
  const auto& sold = sold_[one.where.option];
  if (sold.empty())
    co_return true;
  const auto seat = sold[engine_() % sold.size()];
  auto request = one.who.hold(one.where.option, {static_cast<int>(seat)}, "sold");
  auto refused = co_await surely(one, std::move(request));
  if (refused.code() == "SEAT_TAKEN" && refused.status == 409)
    co_return true;
  complain(one, "a seat that was sold, " + std::to_string(seat), refused);
  co_return false;
}

asio::awaitable<bool> cluster_buyers::take_seats(buyer& one) {
  co_await client_.pause(think_time);
  auto request = one.who.hold_best(one.where.option, one_in(2) ? 1 : 2, "hold");
  const auto again = request;
  auto held = co_await surely(one, std::move(request));
  if (held.status != 201) {
    complain(one, "hold", held);
    co_return false;
  }
  auto reservation = held.document();
  one.reservation = reservation.value("reservationId", "");
  one.amount = reservation.value("amount", std::int64_t{0});
  for (const auto& seat : reservation.at("seats"))
    one.seats.push_back(seat.is_object() ? seat.at("seatId").get<std::int64_t>() : seat.get<std::int64_t>());
  if (one_in(8)) {
    auto copy = again;
    co_return co_await ask_once_more(one, std::move(copy), "reservationId", one.reservation);
  }
  co_return true;
}

asio::awaitable<bool> cluster_buyers::charge(buyer& one) {
  co_await client_.pause(think_time);
  auto request = one.who.charge(charge_amount, "charge-" + std::to_string(++one.charges));
  const auto again = request;
  auto charged = co_await surely(one, std::move(request));
  if (charged.status != 201) {
    complain(one, "charge", charged);
    co_return false;
  }
  one.charged += charge_amount;
  if (charged.document().value("balance", std::int64_t{-1}) != one.charged)
    complain(one, "the balance after a charge is not " + std::to_string(one.charged), charged);
  if (one_in(8)) {
    auto copy = again;
    co_return co_await ask_once_more(one, std::move(copy), "chargeId",
                                     charged.document().value("chargeId", ""));
  }
  co_return true;
}

asio::awaitable<bool> cluster_buyers::pay_too_early(buyer& one) {
  auto request = one.who.pay(one.reservation, "too-early");
  auto refused = co_await surely(one, std::move(request));
  if (refused.status != 402 || refused.code() != "INSUFFICIENT_BALANCE") {
    complain(one, "a payment without money", refused);
    co_return false;
  }
  ++one.failed_payments;
  co_return true;
}

asio::awaitable<bool> cluster_buyers::pay(buyer& one) {
  co_await client_.pause(think_time);
  auto request = one.who.pay(one.reservation, "pay");
  const auto again = request;
  auto paid = co_await surely(one, std::move(request));
  if (paid.status != 201 && paid.status != 200) {
    complain(one, "pay", paid);
    co_return false;
  }
  one.payment = paid.document().value("paymentId", "");
  if (paid.document().value("status", "") != "COMPLETED")
    complain(one, "a payment that was acknowledged", paid);
  {
    const std::lock_guard lock(mutex_);
    ++seen_.purchases;
  }
  if (one_in(4)) { // seen at once through the other front
    auto look = one.who.reservation(one.reservation);
    auto seen = co_await surely(one, std::move(look));
    if (seen.document().value("status", "") != "CONFIRMED")
      complain(one, "a reservation that was paid", seen);
  }
  if (one_in(8)) {
    auto copy = again;
    co_return co_await ask_once_more(one, std::move(copy), "paymentId", one.payment);
  }
  co_return true;
}

asio::awaitable<bool> cluster_buyers::give_back(buyer& one) {
  co_await client_.pause(think_time);
  auto request = one.who.cancel(one.payment, "cancel");
  const auto again = request;
  auto cancelled = co_await surely(one, std::move(request));
  if (cancelled.status != 200 || cancelled.document().value("status", "") != "CANCELLED") {
    complain(one, "cancel", cancelled);
    co_return false;
  }
  one.is_cancelled = true;
  if (one_in(8)) {
    auto copy = again;
    co_return co_await ask_once_more(one, std::move(copy), "paymentId", one.payment);
  }
  co_return true;
}

asio::awaitable<bool> cluster_buyers::release(buyer& one) {
  co_await client_.pause(think_time);
  auto request = one.who.release(one.reservation);
  auto released = co_await surely(one, std::move(request));
  one.is_released = released.status == 204;
  if (!one.is_released)
    complain(one, "release", released);
  co_return one.is_released;
}

} // namespace frontrow::test
