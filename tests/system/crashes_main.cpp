#define BOOST_TEST_MODULE frontrow crashes
#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

namespace {

/// Twenty crowds keep their connections until the end, more than the 1,024 files that a shell gives unless asked.
struct room_for_every_crowd {
  room_for_every_crowd() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(room_for_every_crowd);
