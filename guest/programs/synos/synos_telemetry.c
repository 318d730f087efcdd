// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters: what they count, and how they are handed out.
 */
#include "synos.h"
#include "kselftest_harness.h"

TEST(success)
{
	struct synos_telemetry telemetry;

	memset(&telemetry, 0xff, sizeof(telemetry));
	ASSERT_EQ(0, synos_get_telemetry(&telemetry, sizeof(telemetry), 0));
	EXPECT_EQ(telemetry.events_logged,
		  telemetry.syscall_events + telemetry.security_events +
		  telemetry.network_events + telemetry.filesystem_events);
	EXPECT_LE(telemetry.events_logged - telemetry.events_dropped,
		  telemetry.ring_capacity);
	EXPECT_LE(telemetry.answers, telemetry.queries);
	EXPECT_LE(16, telemetry.ring_capacity);
	EXPECT_LE(telemetry.ring_capacity * SYNOS_DESCRIPTION_LEN,
		  telemetry.memory_bytes);
	EXPECT_GE(telemetry.ring_capacity * 512, telemetry.memory_bytes);
}

TEST(counts)
{
	struct synos_consciousness_state state = synos_state(1, 2, "counted");
	struct synos_recommendation rec = { .query = "counted?" };
	struct synos_telemetry before, after;
	int fd, i;

	ASSERT_EQ(0, synos_get_telemetry(&before, sizeof(before), 0));

	fd = synos_register();
	ASSERT_LE(0, fd);
	EXPECT_ERR(EBUSY, synos_register());
	for (i = 0; i < 5; i++)
		EXPECT_EQ(0, synos_update_state(fd, &state, sizeof(state), 0));
	EXPECT_ERR(EINVAL, synos_update_state(fd, &state, sizeof(state), 1));
	EXPECT_ERR(EINVAL, synos_update_state(0, &state, 0, 0));
	for (i = 0; i < 3; i++)
		EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	EXPECT_EQ(0, synos_log(SYNOS_EVENT_SECURITY, "counted"));
	EXPECT_EQ(0, synos_log(SYNOS_EVENT_SECURITY, "counted"));
	EXPECT_EQ(0, synos_log(SYNOS_EVENT_NETWORK, "counted"));
	close(fd);

	ASSERT_EQ(0, synos_get_telemetry(&after, sizeof(after), 0));
	EXPECT_EQ(before.registrations + 1, after.registrations);
	EXPECT_EQ(before.updates + 5, after.updates);
	EXPECT_EQ(before.queries + 3, after.queries);
	EXPECT_EQ(before.answers, after.answers);
	EXPECT_EQ(before.events_logged + 3, after.events_logged);
	EXPECT_EQ(before.events_filtered, after.events_filtered);
	EXPECT_EQ(before.events_limited, after.events_limited);
	EXPECT_EQ(before.syscall_events, after.syscall_events);
	EXPECT_EQ(before.security_events + 2, after.security_events);
	EXPECT_EQ(before.network_events + 1, after.network_events);
	EXPECT_EQ(before.filesystem_events, after.filesystem_events);
	EXPECT_EQ(before.ring_capacity, after.ring_capacity);
	EXPECT_EQ(before.memory_bytes, after.memory_bytes);
}

TEST(anyone_may_ask)
{
	struct synos_telemetry telemetry;

	ASSERT_EQ(0, synos_be_nobody());
	EXPECT_EQ(0, synos_get_telemetry(&telemetry, sizeof(telemetry), 0));
}

TEST(einval)
{
	const size_t less = SYNOS_TELEMETRY_SIZE_VER0 - 1;
	struct synos_telemetry telemetry, copy;

	memset(&telemetry, 0x5a, sizeof(telemetry));
	copy = telemetry;
	EXPECT_ERR(EINVAL, synos_get_telemetry(&telemetry, sizeof(telemetry), 1));
	EXPECT_ERR(EINVAL, synos_get_telemetry(&telemetry, sizeof(telemetry),
					       1u << 31));
	EXPECT_ERR(EINVAL, synos_get_telemetry(&telemetry, 0, 0));
	EXPECT_ERR(EINVAL, synos_get_telemetry(&telemetry, less, 0));
	EXPECT_EQ(0, memcmp(&telemetry, &copy, sizeof(copy)));
}

/* With the last @behind bytes out of reach. */
static int get_edge(size_t size, size_t behind)
{
	return synos_get_telemetry(synos_at_the_edge(NULL, size, behind), size,
				   0);
}

TEST(efault)
{
	const size_t size = sizeof(struct synos_telemetry);
	void *map;

	EXPECT_ERR(EFAULT, synos_get_telemetry(NULL, size, 0));
	EXPECT_ERR(EFAULT, synos_get_telemetry((void *)-4096L, size, 0));
	EXPECT_ERR(EFAULT, get_edge(size, size));
	EXPECT_ERR(EFAULT, get_edge(size, size / 2));
	EXPECT_ERR(EFAULT, get_edge(size, 1));
	EXPECT_EQ(0, get_edge(size, 0));
	/* The fields are there, what comes behind them is not. */
	EXPECT_ERR(EFAULT, get_edge(size + 1, 1));

	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_ERR(EFAULT, synos_get_telemetry(map, size, 0));
}

/* No more than was asked for is written, and all of what was. */
TEST(larger_struct)
{
	struct {
		struct synos_telemetry telemetry;
		unsigned char tail[8192];
	} big;
	const size_t size = sizeof(big.telemetry);
	size_t i;

	memset(&big, 0x5a, sizeof(big));
	ASSERT_EQ(0, synos_get_telemetry(&big.telemetry, size, 0));
	for (i = 0; i < sizeof(big.tail); i++)
		ASSERT_EQ(0x5a, big.tail[i]);

	ASSERT_EQ(0, synos_get_telemetry(&big.telemetry, size + 100, 0));
	EXPECT_LE(16, big.telemetry.ring_capacity);
	for (i = 0; i < sizeof(big.tail); i++)
		ASSERT_EQ(i < 100 ? 0 : 0x5a, big.tail[i]);

	memset(&big, 0x5a, sizeof(big));
	ASSERT_EQ(0, synos_get_telemetry(&big.telemetry, 4096, 0));
	for (i = 0; i < sizeof(big.tail); i++)
		ASSERT_EQ(i < 4096 - size ? 0 : 0x5a, big.tail[i]);
	EXPECT_ERR(E2BIG, synos_get_telemetry(&big.telemetry, 4097, 0));
	EXPECT_ERR(E2BIG, synos_get_telemetry(&big.telemetry, -1UL, 0));
}

/* /proc says the same. */
TEST(proc)
{
	struct synos_telemetry telemetry;
	char text[2048], expected[2048];

	ASSERT_EQ(0, synos_get_telemetry(&telemetry, sizeof(telemetry), 0));
	snprintf(expected, sizeof(expected),
		 "Registrations: %llu\nUpdates: %llu\nQueries: %llu\n"
		 "Answers: %llu\nEvents Logged: %llu\n"
		 "Events Dropped: %llu\nEvents Filtered: %llu\n"
		 "Events Limited: %llu\nSyscall Events: %llu\n"
		 "Security Events: %llu\nNetwork Events: %llu\n"
		 "Filesystem Events: %llu\nRing Capacity: %llu\n"
		 "Memory Bytes: %llu\n",
		 telemetry.registrations, telemetry.updates, telemetry.queries,
		 telemetry.answers, telemetry.events_logged,
		 telemetry.events_dropped, telemetry.events_filtered,
		 telemetry.events_limited, telemetry.syscall_events,
		 telemetry.security_events, telemetry.network_events,
		 telemetry.filesystem_events, telemetry.ring_capacity,
		 telemetry.memory_bytes);
	ASSERT_LT(0, synos_read_file("/proc/synos/telemetry", text, sizeof(text)));
	EXPECT_STREQ(expected, text);
}

TEST_HARNESS_MAIN
