/// The composition root: reads the configuration, wires the parts together, starts and stops them in order.

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <variant>
#include <vector>

#ifdef FRONTROW_TCMALLOC
#include <gperftools/malloc_extension.h>
#endif
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <caf/actor_system.hpp>
#include <spdlog/spdlog.h>

#include "actors/catalog.hpp"
#include "actors/catalog_follower.hpp"
#include "actors/demo_concert.hpp"
#include "actors/membership.hpp"
#include "actors/messages.hpp"
#include "actors/node.hpp"
#include "cluster/links.hpp"
#include "commands.hpp"
#include "config/logging.hpp"
#include "config/options.hpp"
#include "config/secrets.hpp"
#include "http/access_token.hpp"
#include "http/admin_server.hpp"
#include "http/admin_routes.hpp"
#include "http/front.hpp"
#include "http/front_door.hpp"
#include "http/pages.hpp"
#include "http/routes.hpp"
#include "http/server.hpp"
#include "persistence/cluster_table.hpp"
#include "persistence/database_clock.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/journal_writer.hpp"

using namespace frontrow;

namespace {

std::chrono::milliseconds ms(std::int64_t count) { return std::chrono::milliseconds{count}; }

// ---- the node

persistence::journal_writer_config writer_config(const config::settings& settings, const std::string& incarnation,
                                                 http::metrics& metrics) {
  persistence::journal_writer_config config;
  config.databases = databases_of(settings);
  config.incarnation = incarnation;
  config.connections = static_cast<std::size_t>(settings.journal.connections);
  config.max_pending = static_cast<std::size_t>(settings.journal.max_pending);
  config.max_batch = static_cast<std::size_t>(settings.journal.max_batch);
  config.max_batch_bytes = static_cast<std::size_t>(settings.journal.max_batch_bytes);
  config.stall_after = ms(settings.journal.stall_after_ms);
  config.statement_timeout = ms(settings.journal.statement_timeout_ms);
  config.connect_timeout = std::chrono::seconds{settings.journal.connect_timeout_seconds};
  config.backoff_first = ms(settings.journal.backoff_first_ms);
  config.backoff_last = ms(settings.journal.backoff_last_ms);
  auto& rows = metrics.histogram("frontrow_journal_batch_rows", "Rows written by one statement.",
                                 {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000});
  auto& commit = metrics.histogram("frontrow_journal_commit_seconds", "Time of one statement with its commit.",
                                   {0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5});
  config.on_batch = [&rows, &commit](const persistence::batch_observation& batch) {
    rows.Observe(static_cast<double>(batch.rows));
    commit.Observe(std::chrono::duration<double>{batch.commit}.count());
  };
  return config;
}

persistence::journal_reader_config reader_config(const config::settings& settings) {
  persistence::journal_reader_config config;
  config.databases = databases_of(settings);
  config.readers = static_cast<std::size_t>(settings.journal.readers);
  config.max_reads = static_cast<std::size_t>(settings.journal.max_reads);
  config.session = session_of(settings);
  return config;
}

persistence::cluster_table_config table_config(const config::settings& settings) {
  persistence::cluster_table_config config;
  config.databases = databases_of(settings);
  config.cluster = settings.cluster.name;
  config.shard_count = static_cast<std::int32_t>(settings.cluster.shards);
  config.lease = ms(settings.cluster.lease_ms);
  config.claim_lock_timeout = ms(settings.cluster.claim_lock_timeout_ms);
  // Its own, shorter patience with the database: whoever renews a lease has no ten seconds.
  config.session.reply_margin = std::chrono::seconds{1};
  return config;
}

actors::membership_limits membership_limits_of(const config::cluster_settings& settings) {
  actors::membership_limits limits;
  limits.probe = ms(settings.probe_ms);
  limits.steps.renew = ms(settings.renew_ms);
  limits.steps.try_again = ms(settings.renew_ms) / 5;
  limits.steps.lease = ms(settings.lease_ms);
  limits.steps.lease_margin = ms(settings.lease_margin_ms);
  limits.steps.keeper = {ms(settings.warm_patience_ms), ms(settings.stop_patience_ms)};
  limits.steps.leader = {ms(settings.lease_ms), static_cast<std::size_t>(settings.moves_max)};
  return limits;
}

cluster::link_limits link_limits_of(const config::cluster_settings& settings) {
  cluster::link_limits limits;
  limits.queue_max = static_cast<std::size_t>(settings.link_queue_max);
  limits.window = static_cast<std::size_t>(settings.link_window);
  limits.beat = ms(settings.link_beat_ms);
  limits.timeout = ms(settings.link_timeout_ms);
  limits.connect_timeout = ms(settings.link_connect_ms);
  return limits;
}

cluster::link_security security_of(const config::cluster_settings& settings) {
  return settings.tls ? cluster::link_security::tls : cluster::link_security::plain;
}

actors::actor_limits limits_of(const config::settings& settings) {
  actors::actor_limits limits;
  limits.passivate_after = std::chrono::seconds{settings.actors.passivate_after_seconds};
  limits.effect_retry = ms(settings.actors.effect_retry_ms);
  limits.snapshot_min_events = settings.actors.snapshot_min_events;
  limits.mailbox_max = settings.actors.mailbox_max;
  limits.requests = {static_cast<std::size_t>(settings.actors.asks_max),
                     ms(settings.http.ask_timeout_ms),
                     static_cast<std::size_t>(settings.cluster.hold_back_max),
                     static_cast<std::size_t>(settings.cluster.hold_back_bytes),
                     ms(settings.cluster.hold_back_ms),
                     ms(settings.cluster.hold_retry_ms)};
  return limits;
}

http::server_options public_options(const config::http_settings& settings) {
  http::server_options options;
  options.address = settings.address;
  options.port = static_cast<std::uint16_t>(settings.port);
  options.threads = static_cast<unsigned>(settings.threads);
  options.body_bytes_max = static_cast<std::size_t>(settings.body_bytes_max);
  options.header_bytes_max = static_cast<std::size_t>(settings.header_bytes_max);
  options.request_timeout = ms(settings.request_timeout_ms);
  options.idle_timeout = ms(settings.idle_timeout_ms);
  options.write_timeout = ms(settings.write_timeout_ms);
  options.stop_timeout = ms(settings.drain_timeout_ms);
  options.connections_max = static_cast<std::size_t>(settings.max_connections);
  options.listener_spread = ms(settings.listener_spread_ms);
  return options;
}

http::listener_limits listener_limits_of(const config::http_settings& settings) {
  return {static_cast<std::size_t>(settings.listeners_max),
          static_cast<std::size_t>(settings.listeners_per_address_max)};
}

http::rate_limit_options rate_limit_options_of(const config::rate_limit_settings& settings) {
  http::rate_limit_options options;
  options.limits = settings.enabled ? http::rate_limit_options::state::on : http::rate_limit_options::state::off;
  options.per_user = {static_cast<double>(settings.user_per_second), static_cast<double>(settings.user_burst)};
  options.per_address = {static_cast<double>(settings.address_per_second),
                         static_cast<double>(settings.address_burst)};
  options.entries_max = static_cast<std::size_t>(settings.table_max);
  return options;
}

/// SIGINT, SIGTERM, or SIGUSR1 from ourselves when this node is declared dead. Blocked in every thread, so that the main
/// thread alone takes them, one by one.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const auto signal : {SIGINT, SIGTERM, SIGUSR1})
    sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

/// What a process that serves consists of, in the order in which the parts need each other.
struct process {
  process(config::options& options, const config::secrets& with);

  const config::settings& settings;
  const config::secrets& secrets;
  config::logging logging;
  std::string incarnation = boost::uuids::to_string(boost::uuids::random_generator{}());
  persistence::database_clock clock;
  http::clock_source now = [this] { return clock.now(); };
  persistence::cluster_table table;
  http::metrics metrics;
  persistence::journal_writer writer;
  persistence::journal_reader reader;
  caf::actor_system system;
  actors::node node;
  actors::catalog catalog;
  http::access_tokens tokens;
  http::rate_limits limits;
  http::seat_list_cache seat_lists;
  http::live_hub live;
  http::place_desk places;
  std::unique_ptr<cluster::links> links;
  std::unique_ptr<actors::membership> membership;
  actors::catalog_follower follower{catalog, [this](std::int64_t version) { membership->catalog_is_at(version); }};
  http::ticket_signer tickets;
  http::front front;
  http::admin_front admin_front;
  http::public_router public_routes;
  http::admin_router admin_routes;
  std::unique_ptr<http::front_door> door;
  std::unique_ptr<http::server> server;
  std::unique_ptr<http::admin_server> admin;
};

http::front_limits front_limits_of(const config::settings& settings) {
  http::front_limits limits;
  limits.token_life = std::chrono::seconds{settings.login.token_seconds};
  limits.users = settings.http.open_registration ? http::registration::open : http::registration::closed;
  return limits;
}

/// A shell gives 1,024 open files unless asked, fewer than connections that wait; the hard limit is the operator's word.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

http::cluster_controls controls_of(std::unique_ptr<actors::membership>& membership,
                                   std::chrono::milliseconds catalog_spread) {
  return {[&membership] { return membership->view(); }, [&membership] { return membership->lease(); },
          [&membership](cluster::node_number node) { return membership->drain(node); },
          [&membership] { return membership->rebalance(); },
          [&membership, catalog_spread] { membership->spread_catalog(catalog_spread); }};
}

process::process(config::options& options, const config::secrets& with)
    : settings(options.values()), secrets(with), logging(settings.log), table(table_config(settings), clock),
      writer(writer_config(settings, incarnation, metrics)), reader(reader_config(settings)), system(options),
      node(system, writer, reader, clock, limits_of(settings), static_cast<std::int32_t>(settings.cluster.shards)),
      catalog(node, persistence::database_session{databases_of(settings).dsns.front(), session_of(settings)}),
      tokens(tokens_of(settings, secrets)), limits(rate_limit_options_of(settings.rate_limits)), seat_lists(node),
      live(node, seat_lists, metrics, listener_limits_of(settings.http)), places(node), tickets(secrets.ticket_key),
      front{node, catalog, seat_lists, live, places, tokens, now, front_limits_of(settings), http::secure_random,
            tickets},
      admin_front{node, catalog, metrics, now, controls_of(membership, ms(settings.cluster.catalog_spread_ms)),
                  databases_of(settings), session_of(settings)} {
  http::add_public_routes(public_routes, front);
  http::add_admin_routes(admin_routes, admin_front);
  http::add_shop_routes(public_routes);
  http::add_console_routes(admin_routes);
}

/// Takes the ports of its roles. Throws std::exception when one cannot be had.
void listen(process& it) {
  auto access = it.logging.logger("access");
  auto errors = it.logging.logger("http");
  if (it.settings.node.has_role("front")) {
    it.door = std::make_unique<http::front_door>(
        http::front_door::parts{it.public_routes, it.tokens, it.limits, it.metrics, access, errors, it.now});
    it.server = std::make_unique<http::server>(public_options(it.settings.http), *it.door);
  }
  if (it.settings.node.has_role("admin")) {
    http::admin_server_options options;
    options.address = it.settings.admin.address;
    options.port = static_cast<std::uint16_t>(it.settings.admin.port);
    options.token = it.secrets.admin_token;
    options.threads = static_cast<unsigned>(it.settings.admin.threads);
    it.admin = std::make_unique<http::admin_server>(
        options, http::admin_server::parts{it.admin_routes, it.metrics, access, errors, it.now});
  }
}

/// What others dial.
std::string dialed_address(const config::cluster_settings& settings, std::uint16_t port) {
  if (settings.advertise.find(':') != std::string::npos)
    return settings.advertise;
  return (settings.advertise.empty() ? settings.address : settings.advertise) + ":" + std::to_string(port);
}

cluster::link_events link_events_of(process& it) {
  return {[&it](cluster::envelope letter) { it.node.deliver(std::move(letter)); },
          [&it](const cluster::return_address& to, const caf::message& what) { it.node.answered(to, what); },
          [&it](cluster::node_number from, const cluster::news& what) { it.membership->told(from, what); },
          [&it](cluster::node_number) {
            it.node.link_up();
            it.membership->link_up();
          },
          [&it](cluster::node_number peer) {
            it.node.link_lost(peer);
            it.membership->link_lost();
          }};
}

/// Becomes a member of the cluster: a number, links to the others, a lease; shards come with it.
std::optional<std::string> join(process& it) {
  const auto& cluster = it.settings.cluster;
  std::string roles;
  for (const auto& role : it.settings.node.roles)
    roles += (roles.empty() ? "" : ",") + role;
  persistence::node_registration registration{it.incarnation, it.settings.node.name, "", roles,
                                              static_cast<std::int32_t>(it.settings.node.weight)};
  const auto number = it.table.join(registration);
  if (!number)
    return number.error().detail;
  it.links = std::make_unique<cluster::links>(it.system, cluster::link_identity{cluster.name, *number, it.incarnation},
                                              link_limits_of(cluster), security_of(cluster), link_events_of(it));
  const auto port = it.links->open(cluster.address, static_cast<std::uint16_t>(cluster.port));
  if (!port)
    return "cannot listen for other nodes on " + cluster.address + ":" + std::to_string(cluster.port);
  registration.address = dialed_address(cluster, *port);
  if (const auto again = it.table.join(registration); !again)
    return again.error().detail;
  it.membership = std::make_unique<actors::membership>(
      it.table, it.node, *it.links, membership_limits_of(cluster),
      actors::membership_events{[](actors::lease_state state, const std::string& why) {
                                  if (state == actors::lease_state::held)
                                    spdlog::info("the lease is renewed again");
                                  else if (state == actors::lease_state::away)
                                    spdlog::warn("the lease could not be renewed: {}", why);
                                  else
                                    spdlog::critical("this node was declared dead, leaving: {}", why);
                                  if (state == actors::lease_state::lost)
                                    kill(getpid(), SIGUSR1);
                                },
                                [&it](std::int64_t version) { it.follower.changed(version); }});
  it.node.start(*number, it.links.get(), it.membership->shard_events_of());
  it.membership->start();
  return std::nullopt;
}

/// The catalog, and the demo concert at the first start.
std::optional<std::string> fill_catalog(process& it) {
  if (!it.catalog.load(ms(it.settings.journal.statement_timeout_ms)))
    return "the catalog cannot be loaded";
  if (it.settings.demo && !actors::create_demo_concert(it.catalog, it.clock.now()))
    return "the demo concert cannot be created";
  return std::nullopt;
}

/// What was wanted for a moment, a large snapshot's text say, goes back to the system, so much a second at the most: whoever
/// needs memory meanwhile waits some milliseconds. Giving back each piece at once costs a tenth of a join.
constexpr timespec give_back_every{.tv_sec = 1, .tv_nsec = 0};
[[maybe_unused]] constexpr std::size_t given_back_bytes_max = 64u << 20;
void give_memory_back() {
#ifdef FRONTROW_TCMALLOC
  MallocExtension::instance()->ReleaseToSystem(given_back_bytes_max);
#endif
}

/// Until a signal comes, or this node is declared dead.
void sell(process& it, const sigset_t& signals) {
  std::string ready = "ready";
  if (it.server) {
    it.server->start();
    ready += " http://" + it.settings.http.address + ":" + std::to_string(it.server->port());
  }
  if (it.admin) {
    it.admin->start();
    ready += " admin http://" + it.settings.admin.address + ":" + std::to_string(it.admin->port());
  }
  spdlog::info("serving as node {}, incarnation {}", it.node.number(), it.incarnation);
  std::cout << ready << std::endl;
  while (sigtimedwait(&signals, nullptr, &give_back_every) < 0)
    give_memory_back();
  spdlog::info("stopping");
}

/// In order: listeners are sent to other fronts, which takes them seconds; the shards move to others while the door is
/// still open; then the door, then what is behind it; what was accepted is written before the writer ends.
void stop(process& it) {
  it.live.listeners().close_door();
  if (it.server)
    it.server->send_listeners_away();
  it.membership->leave_gracefully(ms(it.settings.cluster.drain_patience_ms));
  if (it.server)
    it.server->stop();
  it.live.stop();
  if (it.admin)
    it.admin->stop();
  it.follower.stop();
  it.membership->stop();
  it.links->close();
  it.node.stop();
  it.writer.stop(ms(it.settings.http.drain_timeout_ms));
  it.reader.stop();
}

/// CAF may wait without end for bytes to reach a frozen node. Everything of ours is over and written by now: give it a
/// moment, then go.
template <int code>
void leave_in_time(std::int64_t patience_seconds) {
  std::signal(SIGALRM, [](int) { ::_exit(code); });
  ::alarm(static_cast<unsigned>(patience_seconds));
}

int serve(config::options& options) {
  const auto& settings = options.values();
  raise_file_limit();
  const auto signals = block_signals();
  if (settings.database.url.empty())
    return fail("no database: set database.url or FRONTROW_DATABASE_URL (scripts/run starts one)");
  auto secrets = config::open_secrets(settings);
  if (const auto* wrong = std::get_if<config::mistake>(&secrets))
    return fail(wrong->what);
  cluster::load_transport(options, security_of(settings.cluster));
  // Until the ports and the database are ours nothing is logged: a start that fails says one line.
  process it{options, std::get<config::secrets>(secrets)};
  listen(it);
  auto wrong = join(it);
  if (!it.membership) {
    it.table.leave();
    return fail(*wrong);
  }
  spdlog::set_default_logger(it.logging.logger("frontrow"));
  if (!it.membership->wait_until_placed(ms(settings.cluster.lease_ms) * 4))
    wrong = "no node takes the shards: is one with the role shards running?";
  if (!wrong)
    wrong = fill_catalog(it);
  if (!wrong)
    sell(it, signals);
  stop(it);
  if (it.membership->lease() == actors::lease_state::lost)
    wrong = "this node was declared dead by the others: it was frozen or cut off for longer than its lease";
  else
    it.table.leave();
  if (wrong)
    leave_in_time<1>(settings.node.leave_seconds);
  else
    leave_in_time<0>(settings.node.leave_seconds);
  return wrong ? fail(*wrong) : 0;
}

int run(config::options& options, int argc, char** argv) {
  auto asked = options.read(argc, argv);
  if (const auto* wrong = std::get_if<config::mistake>(&asked))
    return fail(wrong->what);
  const auto& command = std::get<config::command>(asked);
  if (const auto* text = std::get_if<config::print_command>(&command)) {
    std::cout << text->text;
    return 0;
  }
  if (const auto* token = std::get_if<config::token_command>(&command))
    return issue_token(options.values(), *token);
  if (std::holds_alternative<config::migrate_command>(command))
    return migrate(options.values());
  if (const auto* check = std::get_if<config::audit_command>(&command))
    return audit(options.values(), *check);
  if (const auto* ticket = std::get_if<config::verify_ticket_command>(&command))
    return verify_ticket(options.values(), *ticket);
  return serve(options);
}

} // namespace

int main(int argc, char** argv) {
  try {
    // Until there is a log of our own, what goes wrong is told by the one line of `fail`.
    spdlog::default_logger()->set_level(spdlog::level::off);
    config::options options;
    actors::register_messages(options);
    return run(options, argc, argv);
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
