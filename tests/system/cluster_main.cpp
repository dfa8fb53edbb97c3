#define BOOST_TEST_MODULE frontrow cluster
#include <boost/test/unit_test.hpp>
