#include "bench/contest/flame_graph.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::bench;

BOOST_AUTO_TEST_SUITE(flame_graph_test)

BOOST_AUTO_TEST_CASE(samples_of_the_same_stack_are_counted_together_from_the_thread_inwards) {
  const auto stacks = fold("http.io \n"
                           "\t    55d0 inner(int)\n"
                           "\t    66e0 outer\n"
                           "\n"
                           "http.io \n\t55d1 inner(int)\n\t66e1 outer\n\n"
                           "writer\n\t    77f0 [unknown]\n");
  BOOST_REQUIRE(stacks.size() == 2U);
  BOOST_TEST(stacks.at("http.io;outer;inner") == 2U);
  BOOST_TEST(stacks.at("writer;[unknown]") == 1U);
}

BOOST_AUTO_TEST_CASE(a_sample_without_a_stack_is_none) {
  BOOST_TEST(fold("http.io\n\nwriter\n").empty());
}

BOOST_AUTO_TEST_CASE(names_lose_what_makes_them_long) {
  BOOST_TEST(short_name("frontrow::domain::queue::decide(frontrow::domain::join_queue const&) const") ==
             "frontrow::domain::queue::decide");
  BOOST_TEST(short_name("void boost::asio::post<executor, std::function<void (int)> >(executor const&)") ==
             "boost::asio::post");
  BOOST_TEST(short_name("frontrow::(anonymous namespace)::ask(int)") == "frontrow::ask");
  BOOST_TEST(short_name("std::less<int>::operator()(int, int) const") == "std::less::operator()");
  BOOST_TEST(short_name("operator<< <std::char_traits<char> >(std::ostream&, char)") == "operator<<");
  BOOST_TEST(short_name("__memmove_avx_unaligned_erms") == "__memmove_avx_unaligned_erms");
}

BOOST_AUTO_TEST_CASE(a_frame_is_as_wide_as_it_was_often_and_the_rare_ones_are_left_out) {
  const auto drawn = flame_graph({{"io;read<>", 750}, {"io;write", 249}, {"io;rare", 1}});
  BOOST_TEST(drawn.find("read&lt;&gt;: 75.0 %") != std::string::npos);
  BOOST_TEST(drawn.find("width=\"750.0\"") != std::string::npos);
  BOOST_TEST(drawn.find("io: 100.0 %") != std::string::npos);
  BOOST_TEST(drawn.find("write: 24.9 %") != std::string::npos);
  BOOST_TEST(drawn.find("rare") == std::string::npos);
  BOOST_TEST(flame_graph({}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
