#include "http/admin_routes.hpp"
#include "http/command_identity.hpp"
#include "http/object_text.hpp"
#include "http/seat_layout.hpp"
#include "http/views_json.hpp"
#include "persistence/described_json.hpp"

#include <limits>

namespace frontrow::http {

namespace {

using actors::catalog_failure;

constexpr std::size_t title_length_max = 200;
constexpr std::size_t section_name_length_max = 64;
/// A festival of a month.
constexpr std::int64_t duration_minutes_max = 31 * 24 * 60;
constexpr std::int64_t duration_minutes_standard = 120;

response failure_response(const request& asked, catalog_failure reason, std::string_view rule) {
  switch (reason) {
  case catalog_failure::not_found:
    return refusal_response(asked, {domain::refusal::concert_not_found, {}});
  case catalog_failure::key_reused:
    return refusal_response(asked, {domain::refusal::idempotency_key_reused, {}});
  case catalog_failure::invalid:
    return asked.invalid(rule);
  case catalog_failure::unreadable:
    return asked.problem(error_code::internal, "The catalog holds a definition that cannot be read.");
  case catalog_failure::unavailable:
    break;
  }
  return unavailable_response(asked);
}

/// The key of an operator's request, if one was given; in `problem` what is wrong with it.
struct operator_key {
  std::optional<persistence::idempotency_key> key;
  std::optional<response> problem;
};

operator_key key_of(const admin_request& asked, std::string_view body) {
  const auto text = asked.headers.idempotency_key;
  if (text.data() == nullptr || text.empty())
    return {};
  if (!is_idempotency_key(text))
    return {std::nullopt, asked.invalid("Idempotency-Key must have 1 to 64 visible ASCII characters")};
  return {persistence::idempotency_key{"operator " + std::string{asked.path}, std::string{text},
                                       digest_text(body)},
          std::nullopt};
}

/// Takes the members of a policy that are there over into `policy`.
void read_policy(body_reader& from, domain::queue_policy& policy) {
  const auto number = [&](std::string_view name, std::int32_t& into, std::int64_t min, std::int64_t max) {
    if (const auto given = from.optional_int(name, min, max))
      into = static_cast<std::int32_t>(*given);
  };
  number("ratePerSecond", policy.rate_per_second, 1, 1'000'000);
  number("burst", policy.burst, 1, 1'000'000);
  number("maxActive", policy.max_active, 1, 10'000'000);
  number("capacity", policy.capacity, 1, 10'000'000);
  number("activeSeconds", policy.active_seconds, 1, 86'400);
  number("abandonSeconds", policy.abandon_seconds, 0, 86'400);
  policy.guard_seat_map = from.optional_bool("guardSeatMap").value_or(policy.guard_seat_map);
  policy.paused = from.optional_bool("paused").value_or(policy.paused);
}

response create_concert(admin_front& in, admin_request& asked) {
  auto body = asked.json();
  const auto title = body.require_string("title", title_length_max);
  domain::queue_policy policy;
  if (auto queue = body.optional_object("queue"))
    read_policy(*queue, policy);
  if (const auto wrong = body.finish())
    return asked.invalid(*wrong);
  auto key = key_of(asked, title + "\n" + persistence::json_of(policy));
  if (key.problem)
    return std::move(*key.problem);
  const auto made = in.catalog.create_concert(title, policy, key.key, asked.trace_id);
  if (!made)
    return failure_response(asked, made.error(), "The queue's policy is not valid.");
  in.cluster.spread_catalog();
  object_text answer;
  answer.add("concertId", *made);
  return json_text(201, std::move(answer).text());
}

response change_queue(admin_front& in, admin_request& asked) {
  auto body = asked.json();
  domain::queue_policy seen;
  read_policy(body, seen);
  if (const auto wrong = body.finish())
    return asked.invalid(*wrong);
  const auto changed = in.catalog.change_policy(
      asked.id("concertId"),
      [&asked](const domain::queue_policy& present) {
        auto wanted = present;
        auto patch = asked.json();
        read_policy(patch, wanted);
        return std::optional{wanted};
      },
      asked.trace_id);
  if (!changed)
    return failure_response(asked, changed.error(), "The queue's policy is not valid.");
  in.cluster.spread_catalog();
  return json_text(200, queue_json(asked.id("concertId"), *changed));
}

std::vector<domain::section> read_sections(body_reader& body) {
  std::vector<domain::section> sections;
  auto listed = body.optional_objects("sections", domain::sections_max);
  const auto plain = body.has("price") || body.has("seatCount");
  if (listed.has_value() == plain)
    body.fail("either sections or price and seatCount are required, and not both");
  if (listed) {
    for (auto& each : *listed) {
      domain::section section;
      section.name = each.require_string("name", section_name_length_max);
      section.tier = each.require_string("tier", section_name_length_max);
      section.price = each.require_money("price");
      section.rows = static_cast<std::int32_t>(each.require_int("rows", 1, domain::seats_max));
      section.seats_per_row =
          static_cast<std::int32_t>(each.require_int("seatsPerRow", 1, domain::seats_max));
      sections.push_back(std::move(section));
    }
  } else if (plain) {
    const auto price = body.require_money("price");
    const auto count = body.require_int("seatCount", 1, domain::seats_max);
    sections = plain_sections(static_cast<std::int32_t>(count), price);
  }
  return sections;
}

actors::catalog::option_draft read_option(body_reader& body, domain::concert_id concert) {
  static const named_values<domain::payment_failure> on_failure{
      {"keep", domain::payment_failure::keep}, {"release", domain::payment_failure::release}};
  actors::catalog::option_draft draft;
  draft.title = body.require_string("title", title_length_max);
  draft.starts_at = body.require_time("startsAt");
  draft.duration_minutes = static_cast<std::int32_t>(
      body.optional_int("durationMinutes", 1, duration_minutes_max).value_or(duration_minutes_standard));
  auto& terms = draft.terms;
  terms.concert = concert;
  terms.sections = read_sections(body);
  if (const auto given = body.optional_int("holdSeconds", 1, domain::hold_seconds_max))
    terms.hold_seconds = static_cast<std::int32_t>(*given);
  if (const auto given = body.optional_int("maxSeatsPerUser", 1, domain::seats_per_user_max))
    terms.max_seats_per_user = static_cast<std::int32_t>(*given);
  terms.sales_open = body.optional_time("salesOpenAt").value_or(domain::instant{});
  terms.sales_close = body.optional_time("salesCloseAt").value_or(domain::instant{});
  terms.on_payment_failure =
      body.optional_choice("onPaymentFailure", on_failure).value_or(terms.on_payment_failure);
  return draft;
}

response create_option(admin_front& in, admin_request& asked) {
  auto body = asked.json();
  const auto draft = read_option(body, asked.id("concertId"));
  if (const auto wrong = body.finish())
    return asked.invalid(*wrong);
  auto canonical = draft.title + "\n" + std::to_string(draft.starts_at.time_since_epoch().count()) + "\n" +
                   std::to_string(draft.duration_minutes) + "\n" + persistence::json_of(draft.terms);
  auto key = key_of(asked, canonical);
  if (key.problem)
    return std::move(*key.problem);
  const auto made = in.catalog.create_option(draft, key.key, asked.trace_id);
  if (!made)
    return failure_response(asked, made.error(),
                            "An option has 1 to 100000 seats whose prices together fit into 64 bits, and "
                            "salesCloseAt is later than salesOpenAt.");
  in.cluster.spread_catalog();
  object_text answer;
  answer.add("optionId", (*made)->option).add("seats", (*made)->seats);
  return json_text(201, std::move(answer).text());
}

} // namespace

void add_concert_routes(admin_router& routes, admin_front& in) {
  routes.add(method::post, "/admin/v1/concerts", "createConcert", access::login,
             operated_by(in, create_concert));
  routes.add(method::patch, "/admin/v1/concerts/{concertId:id}/queue", "changeQueuePolicy", access::login,
             operated_by(in, change_queue));
  routes.add(method::post, "/admin/v1/concerts/{concertId:id}/options", "createOption", access::login,
             operated_by(in, create_option));
}

} // namespace frontrow::http
