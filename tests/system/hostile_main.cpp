#define BOOST_TEST_MODULE frontrow hostile input
#include <boost/test/unit_test.hpp>
