#include "crowd.hpp"

namespace frontrow::test {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds retry_pause{40};
constexpr milliseconds poll_pause{30};
constexpr std::int64_t charge_amount = 800;

bool has_ended(const std::string& status) {
  return status == "COMPLETED" || status == "EXPIRED" || status == "SOLD_OUT";
}

} // namespace

crowd::crowd(const stage& where, std::size_t count, seeded_chance& chance)
    : where_(where), chance_(chance.split()), client_(where.port) {
  for (std::size_t at = 0; at < count; ++at) {
    buyer one;
    one.does = static_cast<buyer::habit>(chance.between(0, 3));
    one.seats_wanted = static_cast<int>(chance.between(1, 2));
    buyers_.push_back(std::move(one));
  }
}

crowd::~crowd() {
  if (thread_.joinable())
    thread_.join();
}

void crowd::begin() {
  thread_ = std::thread([this] {
    std::vector<asio::awaitable<void>> lives;
    for (auto& one : buyers_)
      lives.push_back(live(one));
    try {
      client_.run(std::move(lives));
    } catch (const std::exception& thrown) {
      complaints_.push_back(std::string("a buyer met an exception: ") + thrown.what());
    }
    const std::lock_guard lock(mutex_);
    is_done_ = true;
    changed_.notify_all();
  });
}

bool crowd::wait_for_answers(std::int64_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_done_ || seen_.answers >= count; });
  return seen_.answers >= count;
}

void crowd::wait_for_all() {
  if (thread_.joinable())
    thread_.join();
}

void crowd::count(const http_answer& answer) {
  const std::lock_guard lock(mutex_);
  ++(answer.status == 0 ? seen_.lost : answer.status == 503 ? seen_.unavailable : seen_.answers);
  changed_.notify_all();
}

void crowd::complain(const buyer& one, const std::string& what) {
  complaints_.push_back("user " + std::to_string(one.who.user) + ": " + what);
}

void crowd::complain(const buyer& one, const std::string& what, const http_answer& answer) {
  complain(one, what + ": " + answer.text());
}

asio::awaitable<http_answer> crowd::once(http_request request) {
  auto answer = co_await client_.send(std::move(request));
  count(answer);
  co_return answer;
}

asio::awaitable<http_answer> crowd::surely(http_request request) {
  const auto until = steady_clock::now() + patience;
  http_answer answer;
  do {
    auto copy = request;
    answer = co_await once(std::move(copy));
    if (answer.status != 0 && answer.status != 503)
      break;
    co_await client_.pause(retry_pause);
  } while (steady_clock::now() < until);
  co_return answer;
}

asio::awaitable<void> crowd::live(buyer& one) {
  if (!co_await get_in(one))
    co_return;
  if (!co_await take_seats(one))
    co_return;
  if (!co_await fill_purse(one, one.does == buyer::habit::pays_too_early ? 0 : 3))
    co_return;
  if (one.does == buyer::habit::pays_too_early) {
    auto request = one.who.pay(one.reservation, "too-early");
    auto refused = co_await surely(std::move(request));
    if (refused.status != 402)
      complain(one, "a payment without money", refused);
    else
      one.failed_payments = 1;
    if (!co_await fill_purse(one, 3))
      co_return;
  }
  if (!co_await pay(one))
    co_return;
  if (one.does == buyer::habit::cancels)
    co_await give_back(one);
}

asio::awaitable<bool> crowd::get_in(buyer& one) {
  auto request = one.who.join(where_.concert, "join");
  auto joined = co_await surely(std::move(request));
  if (joined.status != 201 && joined.status != 200) {
    complain(one, "join", joined);
    co_return false;
  }
  auto place = joined.document();
  one.who.queue_token = place.value("queueToken", "");
  while (place.value("status", "") == "WAITING") {
    co_await client_.pause(poll_pause);
    auto poll = one.who.poll();
    auto seen = co_await surely(std::move(poll));
    if (seen.status != 200) {
      complain(one, "an acknowledged place is not there", seen);
      co_return false;
    }
    place = seen.document();
  }
  if (has_ended(place.value("status", ""))) {
    complain(one, "the place has ended: " + place.dump());
    co_return false;
  }
  co_return true;
}

http_request crowd::seats_for(const buyer& one, int attempt) {
  const auto key = "hold-" + std::to_string(attempt);
  if (attempt > 2 || chance_.one_in(2))
    return one.who.hold_best(where_.option, one.seats_wanted, key);
  std::vector<int> seats;
  for (auto first = static_cast<int>(chance_.between(1, where_.seats - 1)); std::ssize(seats) < one.seats_wanted;)
    seats.push_back(first++);
  return one.who.hold(where_.option, seats, key);
}

asio::awaitable<bool> crowd::take_seats(buyer& one) {
  for (int attempt = 1; attempt <= 5; ++attempt) {
    auto request = seats_for(one, attempt);
    auto held = co_await surely(std::move(request));
    if (held.status == 201) {
      auto reservation = held.document();
      one.reservation = reservation.value("reservationId", "");
      one.amount = reservation.value("amount", std::int64_t{0});
      co_return true;
    }
    if (held.code() != "SEAT_TAKEN") {
      complain(one, "hold", held);
      co_return false;
    }
  }
  complain(one, "found no seats");
  co_return false;
}

asio::awaitable<bool> crowd::fill_purse(buyer& one, int charges) {
  for (int number = 1; number <= charges; ++number) {
    auto request = one.who.charge(charge_amount, "charge-" + std::to_string(number));
    auto charged = co_await surely(std::move(request));
    if (charged.status != 201) {
      complain(one, "charge", charged);
      co_return false;
    }
    one.charges.push_back(charge_amount);
    const auto expected = charge_amount * std::ssize(one.charges);
    if (charged.document().value("balance", std::int64_t{-1}) != expected)
      complain(one, "the balance after a charge is not " + std::to_string(expected), charged);
  }
  co_return true;
}

asio::awaitable<bool> crowd::pay(buyer& one) {
  auto request = one.who.pay(one.reservation, "pay");
  http_answer paid;
  if (one.does == buyer::habit::walks_away) {
    paid = co_await once(std::move(request));
    if (paid.status == 0 || paid.status == 503) {
      one.has_left = true;
      co_return false;
    }
  } else {
    paid = co_await surely(std::move(request));
  }
  if (paid.status != 201 && paid.status != 200) {
    complain(one, "pay", paid);
    co_return false;
  }
  one.payment = paid.document().value("paymentId", "");
  co_return true;
}

asio::awaitable<void> crowd::give_back(buyer& one) {
  auto request = one.who.cancel(one.payment, "cancel");
  auto cancelled = co_await surely(std::move(request));
  if (cancelled.status != 200 || cancelled.document().value("status", "") != "CANCELLED")
    complain(one, "cancel", cancelled);
  else
    one.is_cancelled = true;
}

} // namespace frontrow::test
