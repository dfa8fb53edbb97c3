#pragma once

#include "bench/contest/caller.hpp"
#include "bench/contest/scenarios.hpp"
#include "bench/load/answer_reader.hpp"

#include <optional>
#include <string>
#include <vector>

namespace frontrow::bench {

/// So many people who have been let into a concert with a wide door, where the system checks that.
std::vector<caller> people_inside(stay& at, std::int64_t concert, int count);

/// What an answer to a hold tells.
hold_record record_of(const answer& got, std::int64_t user);
/// For a message about an answer that should have been another.
std::string told(const char* what, const answer& got);

/// What buyers were told.
struct purchases {
  std::vector<hold_record> held; ///< of those that were paid
  std::vector<payment_record> paid;
  std::int64_t charged = 0;
};
/// What was told to these people, who alone bought for these options and paid all that they held, against
/// what is recorded: `check_payments`, then `check_holds`.
std::optional<std::string> purchases_complaint(stay& at, const std::vector<caller>& people,
                                               const std::vector<std::int64_t>& options,
                                               const purchases& told);

} // namespace frontrow::bench
