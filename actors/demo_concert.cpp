#include "actors/demo_concert.hpp"

namespace frontrow::actors {

namespace {

constexpr auto demo_title = "Frontrow Demo Concert";
/// A concert beyond the demo's own is enough to know that the catalog is in use.
constexpr std::size_t catalog_has_more = 2;

domain::option_terms demo_terms(domain::concert_id concert) {
  domain::option_terms terms;
  terms.concert = concert;
  terms.sections = {{"VIP", "VIP", 150'000, 10, 20}, {"R", "R", 110'000, 15, 20}, {"S", "S", 77'000, 20, 25}};
  return terms;
}

} // namespace

catalog::answer<persistence::done> create_demo_concert(catalog& into, domain::instant now) {
  for (const auto& each : into.now()->concerts_after(0, catalog_has_more))
    if (each->title != demo_title || each->options.size() >= 2)
      return persistence::done{};
  // Under a key, so that a crash half way through is finished, and not begun again, by the next start.
  const auto key = [](const char* what) { return persistence::idempotency_key{"demo", what, "1"}; };
  const auto concert = into.create_concert(demo_title, {}, key("concert"), {});
  if (!concert)
    return concert.error();
  const auto today = std::chrono::floor<std::chrono::days>(now);
  for (const int day : {1, 2}) {
    catalog::option_draft draft;
    draft.title = day == 1 ? "First night" : "Second night";
    draft.starts_at = domain::instant{today + std::chrono::days{29 + day}} + std::chrono::hours{11};
    draft.duration_minutes = 120;
    draft.terms = demo_terms(*concert);
    const auto made = into.create_option(draft, key(day == 1 ? "first" : "second"), {});
    if (!made)
      return made.error();
  }
  return persistence::done{};
}

} // namespace frontrow::actors
