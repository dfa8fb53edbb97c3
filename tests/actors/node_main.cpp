#define BOOST_TEST_MODULE node
#include <boost/test/unit_test.hpp>

#include "tests/persistence/private_postgres.hpp"

BOOST_TEST_GLOBAL_FIXTURE(postgres_for_all);
