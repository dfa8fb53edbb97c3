#pragma once

#include "http_client.hpp"
#include "person.hpp"
#include "seeded_chance.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace frontrow::test {

/// One of the crowd: what it means to do, and what it was told has happened.
struct buyer {
  enum class habit {
    plain,
    pays_too_early, ///< with too little money first, so that one payment fails
    cancels,        ///< gives the seats back after paying
    walks_away      ///< does not ask again when the answer to its payment is lost
  };

  person who;
  habit does = habit::plain;
  int seats_wanted = 1;

  // What was acknowledged. Nothing of it may ever be lost, or happen twice.
  std::string reservation;
  std::int64_t amount = 0;
  std::vector<std::int64_t> charges;
  int failed_payments = 0;
  std::string payment;
  bool is_cancelled = false;
  bool has_left = false; ///< walked away
};

/// People who join, wait, hold, charge and pay over HTTP, on a thread of their own, until all have what they want. A lost
/// answer or a 503 makes them ask again with the same Idempotency-Key.
class crowd {
public:
  struct stage {
    std::uint16_t port = 0;
    std::int64_t concert = 0;
    std::int64_t option = 0;
    int seats = 0;
  };
  struct figures {
    std::int64_t answers = 0;     ///< other than 503
    std::int64_t unavailable = 0; ///< 503
    std::int64_t lost = 0;        ///< no answer
  };

  crowd(const stage& where, std::size_t count, seeded_chance& chance);
  ~crowd();

  /// Lets them loose.
  void begin();
  /// Waits until there were so many answers, or until all are done; whether there were so many.
  bool wait_for_answers(std::int64_t count);
  /// Waits until all are done. From then on the rest may be read.
  void wait_for_all();

  /// Asks for everything that each of them owns and compares it with what each was told.
  void check_everyone();
  /// Seats that they hold and own by `check_everyone`.
  int seats_held() const { return seats_held_; }
  int seats_sold() const { return seats_sold_; }

  const figures& seen() const { return seen_; }
  const std::vector<std::string>& complaints() const { return complaints_; }
  std::vector<buyer>& buyers() { return buyers_; }

  /// How long one request may go unanswered over all its repeats.
  static constexpr std::chrono::seconds patience{90};

private:
  asio::awaitable<void> live(buyer& one);
  asio::awaitable<bool> get_in(buyer& one);
  asio::awaitable<bool> take_seats(buyer& one);
  asio::awaitable<bool> fill_purse(buyer& one, int charges);
  asio::awaitable<bool> pay(buyer& one);
  asio::awaitable<void> give_back(buyer& one);
  asio::awaitable<http_answer> surely(http_request request);
  asio::awaitable<http_answer> once(http_request request);
  http_request seats_for(const buyer& one, int attempt);
  void count(const http_answer& answer);
  void complain(const buyer& one, const std::string& what, const http_answer& answer);
  void complain(const buyer& one, const std::string& what);

  // crowd_checks.cpp
  asio::awaitable<void> check(buyer& one);
  asio::awaitable<std::optional<std::vector<json>>> list(const buyer& one, std::string target, std::string member);
  asio::awaitable<bool> wait_until_settled(buyer& one);
  void check_payments(buyer& one, const std::vector<json>& payments, std::int64_t& spent);
  void check_reservations(buyer& one, const std::vector<json>& reservations);
  void check_history(const buyer& one, const std::vector<json>& entries, std::int64_t payments_made);

  stage where_;
  seeded_chance chance_; // its thread's
  http_client client_;
  std::vector<buyer> buyers_;
  std::vector<std::string> complaints_;
  int seats_held_ = 0;
  int seats_sold_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  figures seen_; // under the mutex while the thread runs
  bool is_done_ = false;
};

} // namespace frontrow::test
