#include "http/json_body.hpp"

#include <string>
#include <vector>

namespace frontrow::http {

namespace {

using nlohmann::json;

/// Builds the document and refuses what nlohmann's own builder lets pass: duplicate keys and depth.
class strict_builder : public nlohmann::json_sax<json> {
public:
  explicit strict_builder(parsed_json& into) : into_(into) {}

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t& /*as_written*/) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return refuse("binary values are not JSON"); }

  bool start_object(std::size_t /*unknown*/) override { return descend(json::object()); }
  bool start_array(std::size_t /*unknown*/) override { return descend(json::array()); }
  bool end_object() override { return ascend(); }
  bool end_array() override { return ascend(); }
  bool key(string_t& name) override {
    if (open_.back()->contains(name))
      return refuse("a field comes twice in one object");
    name_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    // 406: a number such as 1e400. All else is syntax or UTF-8; the library's own words name its internals.
    if (error.id == 406)
      return refuse("a number is out of range");
    return refuse("it is not valid JSON in UTF-8 (near byte " + std::to_string(position) + ")");
  }

private:
  bool refuse(std::string why) {
    if (into_.error.empty())
      into_.error = "The body cannot be read: " + why;
    return false;
  }
  json* place(json&& value) {
    if (open_.empty()) {
      into_.value = std::move(value);
      return &into_.value;
    }
    if (open_.back()->is_array()) {
      open_.back()->push_back(std::move(value));
      return &open_.back()->back();
    }
    auto& member = (*open_.back())[name_];
    member = std::move(value);
    return &member;
  }
  bool put(json value) {
    place(std::move(value));
    return true;
  }
  bool descend(json value) {
    if (open_.size() == json_depth_max)
      return refuse("it is nested deeper than " + std::to_string(json_depth_max) + " levels");
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool ascend() {
    open_.pop_back();
    return true;
  }

  parsed_json& into_;
  std::vector<json*> open_; ///< the innermost last; only that one grows, so the others stay where they are
  std::string name_;
};

} // namespace

parsed_json parse_strict_json(std::string_view text) {
  parsed_json result;
  strict_builder builder{result};
  auto whole = json::sax_parse(text.begin(), text.end(), &builder);
  if (!whole && result.error.empty())
    result.error = "The body cannot be read: it is not valid JSON";
  if (!result.error.empty())
    result.value = nullptr;
  return result;
}

} // namespace frontrow::http
