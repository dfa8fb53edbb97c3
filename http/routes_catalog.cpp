#include "http/availability_board.hpp"
#include "http/command_identity.hpp"
#include "http/object_text.hpp"
#include "http/paging.hpp"
#include "http/queue_pass.hpp"
#include "http/routes.hpp"
#include "http/views_json.hpp"

#include <algorithm>
#include <limits>

namespace frontrow::http {

namespace {

using actors::concert_on_sale;
using actors::option_on_sale;
using actors::option_on_show;
using availabilities = std::vector<std::optional<std::int32_t>>;
using shared_board = std::shared_ptr<availability_board>;

response no_such_concert(const request& asked) {
  return refusal_response(asked, {domain::refusal::concert_not_found, {}});
}
response no_such_option(const request& asked) {
  return refusal_response(asked, {domain::refusal::option_not_found, {}});
}

/// 200 with an ETag of the content, or 304 when the caller has it.
response cacheable(const request& asked, std::string text) {
  auto etag = etag_of_content(text);
  if (etag_matches(asked.headers.if_none_match, etag))
    return not_modified(std::move(etag)).with("Cache-Control", "no-cache");
  return json_text(200, std::move(text)).with("ETag", std::move(etag)).with("Cache-Control", "no-cache");
}

/// The dates of a concert; `available` has one figure for each, from `first` on.
std::string dates_json(const concert_on_sale& concert, const availabilities& available, std::size_t first) {
  return list_text(concert.options,
                   [&](const option_on_show& each) { return date_json(*each, available[first++]); });
}

awaitable<response> list_concerts(front& in, request_context& asked, shared_board board) {
  auto query = asked.query();
  const auto limit = query.limit(in.limits.page_standard, in.limits.page_max);
  const auto after = query.optional_int("after", 0, std::numeric_limits<std::int64_t>::max()).value_or(0);
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  auto concerts = in.catalog.now()->concerts_after(after, limit + 1);
  const auto more = concerts.size() > limit;
  if (more)
    concerts.resize(limit);
  std::vector<option_on_show> options;
  for (const auto& concert : concerts)
    options.insert(options.end(), concert->options.begin(), concert->options.end());
  const auto available = co_await board->read(std::move(options), asked.trace_id);
  std::size_t first = 0;
  const auto items = list_text(concerts, [&](const actors::concert_on_show& concert) {
    object_text item;
    item.add("concertId", concert->concert)
        .add("title", concert->title)
        .add_json("dates", dates_json(*concert, available, first));
    first += concert->options.size();
    return std::move(item).text();
  });
  const auto next = more ? std::optional{std::to_string(concerts.back()->concert)} : std::nullopt;
  co_return cacheable(asked, page_text("concerts", items, next));
}

std::string sections_json(const domain::option_terms& terms) {
  return list_text(terms.sections, [](const domain::section& each) {
    object_text section;
    section.add("name", each.name)
        .add("tier", each.tier)
        .add("price", each.price)
        .add("rows", each.rows)
        .add("seatsPerRow", each.seats_per_row);
    return std::move(section).text();
  });
}

void add_time(object_text& to, std::string_view name, domain::instant at) {
  if (at == domain::instant{})
    to.add_null(name);
  else
    to.add(name, at);
}

std::string option_json(const option_on_sale& option, std::optional<std::int32_t> available) {
  auto text = date_json(option, available);
  object_text rules;
  rules.add("holdSeconds", option.terms.hold_seconds).add("maxSeatsPerUser", option.terms.max_seats_per_user);
  add_time(rules, "salesOpenAt", option.terms.sales_open);
  add_time(rules, "salesCloseAt", option.terms.sales_close);
  rules.add_json("sections", sections_json(option.terms));
  text.back() = ',';
  return text.append(std::move(rules).text(), 1, std::string::npos); // one object of the two
}

awaitable<response> read_concert(front& in, request_context& asked, shared_board board) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  const auto catalog = in.catalog.now();
  const auto* concert = catalog->concert(asked.id("concertId"));
  if (concert == nullptr)
    co_return no_such_concert(asked);
  const auto available = co_await board->read(concert->options, asked.trace_id);
  std::size_t at = 0;
  const auto options = list_text(
      concert->options, [&](const option_on_show& each) { return option_json(*each, available[at++]); });
  object_text body;
  body.add("concertId", concert->concert)
      .add("title", concert->title)
      .add("guardSeatMap", concert->policy.guard_seat_map)
      .add_json("dates", dates_json(*concert, available, 0))
      .add_json("options", options);
  co_return cacheable(asked, std::move(body).text());
}

awaitable<response> list_dates(front& in, request_context& asked, shared_board board) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  const auto catalog = in.catalog.now();
  const auto* concert = catalog->concert(asked.id("concertId"));
  if (concert == nullptr)
    co_return no_such_concert(asked);
  const auto available = co_await board->read(concert->options, asked.trace_id);
  object_text body;
  body.add("concertId", concert->concert).add_json("dates", dates_json(*concert, available, 0));
  co_return cacheable(asked, std::move(body).text());
}

awaitable<response> seats_of(front& in, const request_context& asked, option_on_show option,
                                   std::optional<domain::seat_status> only) {
  const auto catalog = in.catalog.now();
  const auto* concert = catalog->concert(option->concert);
  const auto guarded = concert != nullptr && concert->policy.guard_seat_map;
  if (guarded) {
    auto allowed = co_await active_pass(in, asked, option->concert);
    if (allowed.problem)
      co_return std::move(*allowed.problem);
  }
  const auto told = co_await in.seat_lists.list(option, only);
  if (const auto* failed = std::get_if<seat_list_cache::failure>(&told))
    co_return *failed == seat_list_cache::failure::not_open ? no_such_option(asked)
                                                            : unavailable_response(asked);
  const auto& list = std::get<seat_list_text>(told);
  const std::string caching = guarded ? "private, no-cache" : "no-cache";
  if (etag_matches(asked.headers.if_none_match, list.etag))
    co_return not_modified(list.etag).with("Cache-Control", caching);
  co_return shared_json(list.json).with("ETag", list.etag).with("Cache-Control", caching);
}

awaitable<response> list_seats(front& in, request_context& asked) {
  auto query = asked.query();
  const auto only = query.optional_choice("status", seat_statuses());
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  const auto option = in.catalog.now()->option(asked.id("optionId"));
  if (!option)
    co_return no_such_option(asked);
  co_return co_await seats_of(in, asked, option, only);
}

awaitable<response> list_seats_on_date(front& in, request_context& asked) {
  auto query = asked.query();
  const auto date = query.optional_date("date");
  const auto only = query.optional_choice("status", seat_statuses());
  if (!date)
    query.fail("date is required: a day such as 2026-12-24");
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  const auto catalog = in.catalog.now();
  const auto* concert = catalog->concert(asked.id("concertId"));
  if (concert == nullptr)
    co_return no_such_concert(asked);
  const auto day = std::chrono::sys_days{*date};
  // Of several on one day the first: they are in order of their start.
  const auto found =
      std::find_if(concert->options.begin(), concert->options.end(), [&](const option_on_show& each) {
        return std::chrono::floor<std::chrono::days>(each->starts_at) == day;
      });
  if (found == concert->options.end())
    co_return no_such_option(asked);
  co_return co_await seats_of(in, asked, *found, only);
}

} // namespace

void add_catalog_routes(public_router& routes, front& in) {
  const auto board = std::make_shared<availability_board>(in.node);
  const auto with_board = [&in, board](auto handler) -> public_handler {
    return [&in, board, handler](request_context& asked) { return handler(in, asked, board); };
  };
  routes.add(method::get, "/api/v1/concerts", "listConcerts", access::open, with_board(list_concerts));
  routes.add(method::get, "/api/v1/concerts/{concertId:id}", "getConcert", access::open,
             with_board(read_concert));
  routes.add(method::get, "/api/v1/concerts/{concertId:id}/dates", "getConcertDates", access::open,
             with_board(list_dates));
  routes.add(method::get, "/api/v1/options/{optionId:id}/seats", "getOptionSeats", access::optional,
             answered_by(in, list_seats));
  routes.add(method::get, "/api/v1/concerts/{concertId:id}/seats", "getConcertSeats", access::optional,
             answered_by(in, list_seats_on_date));
}

} // namespace frontrow::http
