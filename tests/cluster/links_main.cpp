#include "links_peer.hpp"

#define BOOST_TEST_MODULE links
#define BOOST_TEST_NO_MAIN
#include <boost/test/unit_test.hpp>

int main(int count, char** arguments) {
  if (auto code = frontrow::cluster::testing::run_role(count, arguments); code >= 0)
    return code;
  frontrow::cluster::testing::catch_log();
  return boost::unit_test::unit_test_main(init_unit_test, count, arguments);
}
