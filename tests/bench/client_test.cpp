#include "bench/load/client.hpp"

#include "tests/system/deployment.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace {

std::ptrdiff_t open_files() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return std::distance(begin(all), end(all));
}

} // namespace

BOOST_AUTO_TEST_SUITE(load_client)

BOOST_AUTO_TEST_CASE(one_that_reaches_nobody_leaves_no_file_open) {
  const auto port = frontrow::test::free_port();
  const auto before = open_files();
  BOOST_CHECK_THROW((frontrow::bench::client{port, 3}), std::system_error);
  BOOST_TEST(open_files() == before);
}

BOOST_AUTO_TEST_SUITE_END()
