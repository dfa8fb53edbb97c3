#pragma once

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <iostream>

namespace frontrow::http_test {

/// What scripts/test asks as well: did npm bring the packages that the pages and /docs are made of? Where it did not, a
/// test of what is made of them is skipped and says so; where it did, what was built must have them.
inline boost::test_tools::assertion_result page_packages_are_there(boost::unit_test::test_unit_id unit) {
  const auto there = std::filesystem::exists(FRONTROW_PAGE_PACKAGES);
  if (!there) // Boost tells of a precondition only where much is logged
    std::cerr << boost::unit_test::framework::get(unit, boost::unit_test::TUT_CASE).full_name()
              << " is LEFT OUT: npm could not be reached, the pages' packages are not there\n";
  return there;
}

} // namespace frontrow::http_test
