#define BOOST_TEST_MODULE frontrow scenarios over HTTP
#include <boost/test/unit_test.hpp>
