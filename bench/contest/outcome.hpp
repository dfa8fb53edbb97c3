#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace frontrow::bench {

/// Effects, as a client was told of them and as the system's own database tells of them afterwards. Pure; the
/// answer of each check is what is wrong, in words, or nothing.

struct hold_record {
  std::int64_t option = 0;
  std::string reservation;
  std::int64_t user = 0;
  std::vector<int> seats;
};
/// No seat is held twice, every acknowledged hold is recorded as it was told, and nothing else is recorded.
std::optional<std::string> check_holds(const std::vector<hold_record>& acknowledged,
                                       const std::vector<hold_record>& recorded);

struct charge_record {
  std::int64_t user = 0;
  std::string charge;
  std::int64_t amount = 0;
  std::int64_t balance = 0; ///< after it
};
/// Every acknowledged charge is recorded as it was told and nothing else is; each account's final balance is
/// the sum of its charges, and no two charges of an account led to the same balance.
std::optional<std::string> check_charges(const std::vector<charge_record>& acknowledged,
                                         const std::vector<charge_record>& recorded,
                                         const std::map<std::int64_t, std::int64_t>& balances);

/// Every acknowledged place is there once, and no other. Users, in any order.
std::optional<std::string> check_places(const std::vector<std::int64_t>& acknowledged,
                                        const std::vector<std::int64_t>& recorded);

struct payment_record {
  std::string reservation;
  std::int64_t user = 0;
  std::int64_t amount = 0;
};
/// Every acknowledged payment is recorded once and as it was told, no reservation is paid twice, nothing else
/// is recorded; and what was charged is what was paid and what is left.
std::optional<std::string> check_payments(const std::vector<payment_record>& acknowledged,
                                          const std::vector<payment_record>& recorded, std::int64_t charged,
                                          std::int64_t left);

} // namespace frontrow::bench
