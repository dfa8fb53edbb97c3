#pragma once

#include "tests/system/deployment.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace frontrow::bench {

/// What one stretch of load came to. A turn is what a visitor repeats: one request, or a whole purchase.
struct stretch {
  std::string name;
  int connections = 0;
  std::chrono::duration<double> taken{};
  std::vector<float> turn_ms; ///< of the turns that went well, ascending
  std::uint64_t failed = 0;   ///< turns that got another answer than they should
  std::string first_failure;
  // processor time over the stretch
  std::chrono::duration<double> program{};
  std::chrono::duration<double> database{};
  std::chrono::duration<double> client{};

  double per_second() const { return static_cast<double>(turn_ms.size()) / taken.count(); }
  /// The turn that this share of all was no slower than; share from 0 to 1.
  double percentile_ms(double share) const;
};

/// One of those who load: sends a request when the answer to the one before is there.
class visitor {
public:
  visitor(test::http_client& client, int number) : client_(client), number_(number) {}
  /// The answer if it has this status; otherwise the turn has failed.
  test::asio::awaitable<std::optional<test::http_answer>> ask(test::http_request request, unsigned expected);
  /// Thinks for a while; the turn's latency is without it.
  test::asio::awaitable<void> think(std::chrono::milliseconds time);
  /// How long it has thought altogether.
  std::chrono::steady_clock::duration thought() const { return thought_; }
  /// From 0.
  int number() const { return number_; }
  const std::string& failure() const { return failure_; }

private:
  test::http_client& client_;
  int number_;
  std::string failure_;
  std::chrono::steady_clock::duration thought_{};
};

enum class turn_end {
  good,
  failed,
  nothing_left, ///< not counted; this visitor stops
};
using turn = std::function<test::asio::awaitable<turn_end>(visitor&)>;

/// How long a stretch is: a time, or a number of turns over all visitors.
struct until {
  std::chrono::milliseconds time = std::chrono::hours{24};
  std::uint64_t turns = UINT64_MAX;
};

/// `connections` visitors, each with a connection of its own, repeat the turn. One thread; a closed loop, so
/// the latencies are those at the rate that came about, the client's own work included.
stretch run_closed_loop(test::deployment& house, std::string name, int connections, const until& end,
                        const turn& each);

/// The title line, then one per stretch. `baseline`: what the ratios are to.
void print_title(const std::string& what, const std::string& baseline);
void print(const stretch& one, const stretch& baseline);

} // namespace frontrow::bench
