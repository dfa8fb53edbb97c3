#define BOOST_TEST_MODULE frontrow crashes
#include <boost/test/unit_test.hpp>
