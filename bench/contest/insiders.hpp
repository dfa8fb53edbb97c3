#pragma once

#include "bench/contest/caller.hpp"
#include "bench/contest/scenarios.hpp"
#include "bench/load/answer_reader.hpp"

#include <string>
#include <vector>

namespace frontrow::bench {

/// So many people who have been let into a concert with a wide door, where the system checks that.
std::vector<caller> people_inside(stay& at, std::int64_t concert, int count);

/// What an answer to a hold tells.
hold_record record_of(const answer& got, std::int64_t user);
/// For a message about an answer that should have been another.
std::string told(const char* what, const answer& got);

} // namespace frontrow::bench
