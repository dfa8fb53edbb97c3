#include "bench/load/answer_reader.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using frontrow::bench::answer_reader;
using frontrow::bench::field;
using frontrow::bench::number_field;
using state = answer_reader::state;

BOOST_AUTO_TEST_SUITE(answer_reader_test)

BOOST_AUTO_TEST_CASE(an_answer_is_complete_with_its_last_byte_and_not_before) {
  const std::string whole = "HTTP/1.1 201 Created\r\nServer: x\r\ncontent-LENGTH: 7\r\nETag: \"v1\"\r\n\r\n{\"a\":1}";
  const std::string more = whole + "HTTP/1.1 200 OK\r\n";
  for (std::size_t length = 0; length < whole.size(); ++length)
    BOOST_TEST((answer_reader{}.read(std::string_view(whole).substr(0, length)) == state::incomplete));
  answer_reader reader;
  BOOST_TEST((reader.read(more) == state::complete));
  BOOST_TEST(reader.size() == whole.size());
  BOOST_TEST(reader.result().status == 201U);
  BOOST_TEST(reader.result().body == "{\"a\":1}");
  BOOST_TEST(reader.result().etag == "\"v1\"");
}

BOOST_AUTO_TEST_CASE(answers_without_a_body_end_with_their_head) {
  for (const std::string head : {"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n",
                                 "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
    answer_reader reader;
    BOOST_TEST((reader.read(head) == state::complete));
    BOOST_TEST(reader.size() == head.size());
    BOOST_TEST(reader.result().body.empty());
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_answer_is_broken) {
  for (const std::string bytes :
       {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "\r\n\r\n"})
    BOOST_TEST((answer_reader{}.read(bytes) == state::broken), bytes);
}

BOOST_AUTO_TEST_CASE(fields_are_found_by_their_whole_name) {
  const std::string body = R"({"aposition":1,"text":"position","position":42,"seats":[1,2],"code":"SEAT_TAKEN","last":7})";
  BOOST_TEST(number_field(body, "position") == 42);
  BOOST_TEST(number_field(body, "last") == 7);
  BOOST_TEST(field(body, "code").value() == "SEAT_TAKEN");
  BOOST_TEST(!field(body, "status").has_value());
  BOOST_TEST(number_field(body, "code") == -1);
  BOOST_TEST(number_field("", "code") == -1);
}

BOOST_AUTO_TEST_SUITE_END()
