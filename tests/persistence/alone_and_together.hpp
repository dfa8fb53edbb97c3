#pragma once

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>

namespace frontrow::persistence {

/// Events at a time: one alone has a statement of its own.
inline const auto alone_and_together = boost::unit_test::data::make({1, 2});

} // namespace frontrow::persistence
