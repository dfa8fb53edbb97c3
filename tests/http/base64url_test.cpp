#include "http/base64url.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow::http;

BOOST_AUTO_TEST_SUITE(base64url_texts)

BOOST_AUTO_TEST_CASE(bytes_of_every_length_come_back) {
  const std::string bytes{"\0\xff\xfe\xfb\xef~?>", 8};
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const auto text = base64url(bytes.substr(0, length));
    BOOST_TEST(text.find_first_of("+/=") == std::string::npos);
    BOOST_TEST(from_base64url(text).value() == bytes.substr(0, length));
  }
  BOOST_TEST(base64url("Frontrow") == "RnJvbnRyb3c"); // RFC 4648, 10, continued
}

BOOST_AUTO_TEST_CASE(only_the_one_text_of_some_bytes_is_taken) {
  BOOST_TEST(from_base64url("Zg").value() == "f");
  for (const auto* text : {"Zh", "Zm9", "Z", "Zg=", "Zg==", "Zg ", " Zg", "Z g", "Zm9v\n", "+g", "/g", "Z.",
                           "Zm9vZ", "=", "===="})
    BOOST_TEST(!from_base64url(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
