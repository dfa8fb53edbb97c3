#pragma once

#include "cluster_deployment.hpp"
#include "person.hpp"
#include "seeded_chance.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace frontrow::test {

/// A steady load: people who keep coming, each joins a queue, holds, charges, pays, and sometimes gives back,
/// over HTTP through all fronts in turn, on a thread of its own. A lost answer or a 503 makes them ask the
/// next front with the same Idempotency-Key. Whatever else they are told must be true.
class cluster_buyers {
public:
  struct hall {
    std::int64_t concert = 0;
    std::int64_t option = 0;
  };
  struct figures {
    std::int64_t answers = 0;                   ///< other than 503
    std::int64_t unavailable = 0;               ///< 503
    std::map<std::uint16_t, std::int64_t> lost; ///< no answer, by front
    std::int64_t purchases = 0;
    std::chrono::microseconds longest{}; ///< from the first time that something was asked to its answer
    std::string slowest;                 ///< what that was, and the trace id of its answer
  };

  /// Opens the halls.
  cluster_buyers(cluster_deployment& where, std::uint64_t seed, std::size_t at_once = 40);
  ~cluster_buyers();

  void begin();
  /// Waits for so many more answers other than 503; false when they did not come within the patience.
  bool wait_for_more(std::int64_t answers);
  figures seen() const;
  /// The longest pause since it was last asked for.
  std::chrono::milliseconds take_longest();

  /// Everybody finishes what they are at; then all is compared with what each was told, the seats with all of
  /// it. What is wrong, in words.
  const std::vector<std::string>& end_and_check();
  /// One line: answers, 503s, lost, purchases, median, 99th percentile and longest pause.
  std::string summary() const;

  /// How long one request may go unanswered over all its repeats.
  static constexpr std::chrono::seconds patience{60};

private:
  struct buyer {
    person who;
    std::size_t turn = 0; ///< of the fronts
    hall where{};
    std::string reservation;
    std::int64_t amount = 0;
    std::vector<std::int64_t> seats;
    std::int64_t charged = 0;
    int charges = 0;
    int failed_payments = 0;
    std::string payment;
    bool is_cancelled = false;
    bool is_released = false;
  };

  asio::awaitable<void> keep_coming();
  asio::awaitable<void> live(buyer& one);
  asio::awaitable<bool> get_in(buyer& one);
  asio::awaitable<bool> meet_a_sold_seat(buyer& one);
  asio::awaitable<bool> take_seats(buyer& one);
  asio::awaitable<bool> charge(buyer& one);
  asio::awaitable<bool> pay_too_early(buyer& one);
  asio::awaitable<bool> pay(buyer& one);
  asio::awaitable<bool> give_back(buyer& one);
  asio::awaitable<bool> release(buyer& one);
  asio::awaitable<http_answer> surely(buyer& one, http_request request);
  asio::awaitable<bool> ask_once_more(buyer& one, http_request request, std::string member,
                                      std::string expected);
  void count(std::uint16_t front, const http_answer& answer);
  void complain(const buyer& one, const std::string& what, const http_answer& answer);
  void complain(const buyer& one, const std::string& what);
  bool one_in(int times) { return std::uniform_int_distribution<int>(1, times)(engine_) == 1; }

  asio::awaitable<void> check(buyer& one);
  asio::awaitable<void> check_some(std::size_t first, std::size_t step);
  void check_seats();

  cluster_deployment& house_;
  std::vector<std::uint16_t> fronts_;
  std::vector<hall> halls_;
  std::size_t at_once_;
  std::mt19937_64 engine_;
  http_client client_;
  std::deque<buyer> buyers_;                               ///< references stay good
  std::map<std::int64_t, std::vector<std::int64_t>> sold_; ///< for good, by option
  std::vector<std::string> complaints_;
  std::thread thread_;
  std::atomic<bool> is_over_{false};
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  figures seen_;                               // under the mutex while the thread runs
  std::chrono::microseconds longest_lately_{}; // as well
  std::vector<std::int64_t> waited_us_;        // as well
};

} // namespace frontrow::test
