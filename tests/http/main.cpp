#define BOOST_TEST_MODULE frontrow_http
#include <boost/test/unit_test.hpp>
