#include "bench/process_figures.hpp"

#include <boost/test/unit_test.hpp>
#include <ctime>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr double busy_seconds = 0.05;

/// A child of this process that takes some processor time of its own and ends.
void run_a_busy_child() {
  const auto child = ::fork();
  if (child == 0) {
    while (static_cast<double>(std::clock()) < busy_seconds * CLOCKS_PER_SEC) {
    }
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_figures_test)

BOOST_AUTO_TEST_CASE(the_time_of_processes_that_ended_meanwhile_stays_counted) {
  const auto before = frontrow::bench::tree_time({::getpid()});
  run_a_busy_child();
  const auto gone_by = frontrow::bench::tree_time({::getpid()}) - before;
  BOOST_TEST(gone_by.count() >= busy_seconds / 2); // the kernel counts in hundredths
}

BOOST_AUTO_TEST_SUITE_END()
