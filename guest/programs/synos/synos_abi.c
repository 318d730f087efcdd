// SPDX-License-Identifier: GPL-2.0-only
/*
 * The numbers: 548 to 552 are ours on x86-64 and of no other entry, and those
 * upstream gave to others are still theirs.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/quota.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>

#define FIRST	548
#define LAST	552
#define X32	0x40000000L

#ifndef QFMT_SHMEM
#define QFMT_SHMEM 5
#endif

TEST(numbers)
{
	EXPECT_EQ(548, __NR_synos_register_consciousness);
	EXPECT_EQ(549, __NR_synos_update_state);
	EXPECT_EQ(550, __NR_synos_query_recommendation);
	EXPECT_EQ(551, __NR_synos_log_event);
	EXPECT_EQ(552, __NR_synos_get_telemetry);
}

TEST(sizes)
{
	EXPECT_EQ(96, sizeof(struct synos_consciousness_state));
	EXPECT_EQ(152, sizeof(struct synos_ai_event));
	EXPECT_EQ(1296, sizeof(struct synos_recommendation));
	EXPECT_EQ(112, sizeof(struct synos_telemetry));
	EXPECT_EQ(96, SYNOS_CONSCIOUSNESS_STATE_SIZE_VER0);
	EXPECT_EQ(152, SYNOS_AI_EVENT_SIZE_VER0);
	EXPECT_EQ(1296, SYNOS_RECOMMENDATION_SIZE_VER0);
	EXPECT_EQ(112, SYNOS_TELEMETRY_SIZE_VER0);
}

/* Where there is no hole, and so nothing for a compiler to differ about. */
TEST(offsets)
{
	EXPECT_EQ(24, offsetof(struct synos_consciousness_state, current_context));
	EXPECT_EQ(88, offsetof(struct synos_consciousness_state, last_update));
	EXPECT_EQ(4, offsetof(struct synos_ai_event, pid));
	EXPECT_EQ(8, offsetof(struct synos_ai_event, timestamp));
	EXPECT_EQ(16, offsetof(struct synos_ai_event, severity));
	EXPECT_EQ(24, offsetof(struct synos_ai_event, description));
	EXPECT_EQ(256, offsetof(struct synos_recommendation, response));
	EXPECT_EQ(1280, offsetof(struct synos_recommendation, deadline));
	EXPECT_EQ(1288, offsetof(struct synos_recommendation, confidence));
	EXPECT_EQ(1292, offsetof(struct synos_recommendation, reserved));
	EXPECT_EQ(24, offsetof(struct synos_telemetry, answers));
	EXPECT_EQ(32, offsetof(struct synos_telemetry, events_logged));
	EXPECT_EQ(48, offsetof(struct synos_telemetry, events_filtered));
	EXPECT_EQ(56, offsetof(struct synos_telemetry, events_limited));
	EXPECT_EQ(64, offsetof(struct synos_telemetry, syscall_events));
	EXPECT_EQ(96, offsetof(struct synos_telemetry, ring_capacity));
	EXPECT_EQ(104, offsetof(struct synos_telemetry, memory_bytes));
}

/* Attributes and commands are numbers, too. */
TEST(netlink_numbers)
{
	EXPECT_STREQ("synos", SYNOS_FAMILY_NAME);
	EXPECT_EQ(1, SYNOS_FAMILY_VERSION);
	EXPECT_STREQ("events", SYNOS_MCGRP_EVENTS);

	EXPECT_EQ(1, SYNOS_CMD_JOIN);
	EXPECT_EQ(2, SYNOS_CMD_QUERY);
	EXPECT_EQ(3, SYNOS_CMD_ANSWER);
	EXPECT_EQ(4, SYNOS_CMD_FILTER);
	EXPECT_EQ(5, SYNOS_CMD_EVENT_GET);
	EXPECT_EQ(6, SYNOS_CMD_EVENT_NTF);

	EXPECT_EQ(1, SYNOS_A_DAEMON_FD);
	EXPECT_EQ(1, SYNOS_A_QUERY_ID);
	EXPECT_EQ(2, SYNOS_A_QUERY_TEXT);
	EXPECT_EQ(3, SYNOS_A_QUERY_DEADLINE);
	EXPECT_EQ(4, SYNOS_A_QUERY_PID);
	EXPECT_EQ(5, SYNOS_A_QUERY_UID);
	EXPECT_EQ(1, SYNOS_A_ANSWER_ID);
	EXPECT_EQ(2, SYNOS_A_ANSWER_TEXT);
	EXPECT_EQ(3, SYNOS_A_ANSWER_CONFIDENCE);
	EXPECT_EQ(1, SYNOS_A_EVENT_SEQ);
	EXPECT_EQ(2, SYNOS_A_EVENT_TIMESTAMP);
	EXPECT_EQ(3, SYNOS_A_EVENT_TYPE);
	EXPECT_EQ(4, SYNOS_A_EVENT_SEVERITY);
	EXPECT_EQ(5, SYNOS_A_EVENT_PID);
	EXPECT_EQ(6, SYNOS_A_EVENT_UID);
	EXPECT_EQ(7, SYNOS_A_EVENT_DESCRIPTION);
	EXPECT_EQ(8, SYNOS_A_EVENT_MISSED);
	EXPECT_EQ(1, SYNOS_A_FILTER_MIN_SEVERITY);
	EXPECT_EQ(2, SYNOS_A_FILTER_TYPES);
}

TEST(nothing_below_them)
{
	long nr;

	/* Up to 462 is upstream's; above ours may be those of other series. */
	for (nr = 463; nr < FIRST; nr++)
		EXPECT_ERR(synos_no_such_call(),
			   syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L));
	/* While each of ours is there, and refuses this. */
	for (nr = FIRST; nr <= LAST; nr++)
		EXPECT_ERR(EINVAL, syscall(nr, -1L, -1L, -1L, -1L, -1L, -1L));
}

TEST(not_by_x32)
{
	struct synos_telemetry telemetry;
	long nr;

	/* It is there, or refusing would mean nothing. */
	ASSERT_EQ(getpid(), syscall(X32 | SYS_getpid));
	for (nr = FIRST; nr <= LAST; nr++)
		EXPECT_ERR(synos_no_such_call(),
			   syscall(X32 | nr, -1L, -1L, -1L, -1L));
	EXPECT_ERR(synos_no_such_call(),
		   syscall(X32 | __NR_synos_get_telemetry, &telemetry,
			   sizeof(telemetry), 0));
}

static long int80(long nr, long a, long b, long c)
{
	long ret;

	asm volatile("int $0x80" : "=a" (ret) :
		     "0" (nr), "b" (a), "c" (b), "d" (c) :
		     "memory", "r8", "r9", "r10", "r11");
	return (int)ret;
}

TEST(not_by_int80)
{
	struct synos_telemetry *telemetry;
	pid_t pid;
	long nr;

	/* Without IA32 emulation the instruction itself is a fault. */
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(int80(20, 0, 0, 0) != getpid());	/* getpid() */
	ASSERT_EQ(0, synos_reap(pid));

	/* Where a 32-bit pointer reaches. */
	telemetry = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, telemetry);
	for (nr = FIRST; nr <= LAST; nr++)
		EXPECT_EQ(-synos_no_such_call(), int80(nr, -1, -1, -1));
	EXPECT_EQ(-synos_no_such_call(),
		  int80(__NR_synos_get_telemetry, (long)telemetry,
			sizeof(*telemetry), 0));
}

TEST(upstream_440_process_madvise)
{
	struct iovec iov = { .iov_len = 2 * 4096 };
	int fd;

	EXPECT_EQ(440, __NR_process_madvise);
	iov.iov_base = mmap(NULL, iov.iov_len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, iov.iov_base);
	fd = syscall(SYS_pidfd_open, getpid(), 0);
	ASSERT_LE(0, fd);
	/* The number of bytes advised. */
	EXPECT_EQ((long)iov.iov_len,
		  syscall(440, fd, &iov, 1, MADV_COLD, 0));
	EXPECT_ERR(EBADF, syscall(440, -1, &iov, 1, MADV_COLD, 0));
	close(fd);
}

TEST(upstream_441_epoll_pwait2)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = 4711 };
	int ep, fd;

	EXPECT_EQ(441, __NR_epoll_pwait2);
	ep = epoll_create1(0);
	ASSERT_LE(0, ep);
	fd = eventfd(1, 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
	memset(&event, 0, sizeof(event));
	EXPECT_EQ(1, syscall(441, ep, &event, 1, NULL, NULL, 0));
	EXPECT_EQ(4711, event.data.u64);
	EXPECT_ERR(EINVAL, syscall(441, fd, &event, 1, NULL, NULL, 0));
	close(fd);
	close(ep);
}

/* A tmpfs nobody else sees, to do something to. */
static int tmpfs(const char *option)
{
	int fs, mnt;

	fs = syscall(SYS_fsopen, "tmpfs", 0);
	if (fs < 0)
		return -1;
	if ((option && syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, option,
			       NULL, 0)) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) {
		close(fs);
		return -1;
	}
	mnt = syscall(SYS_fsmount, fs, 0, 0);
	close(fs);
	return mnt;
}

TEST(upstream_442_mount_setattr)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int mnt;

	EXPECT_EQ(442, __NR_mount_setattr);
	mnt = tmpfs(NULL);
	ASSERT_LE(0, mnt);
	EXPECT_LE(0, openat(mnt, "before", O_CREAT | O_RDONLY, 0600));
	EXPECT_EQ(0, syscall(442, mnt, "", AT_EMPTY_PATH, &attr, sizeof(attr)));
	EXPECT_ERR(EROFS, openat(mnt, "after", O_CREAT | O_RDONLY, 0600));
	close(mnt);
}

TEST(upstream_443_quotactl_fd)
{
	unsigned int format = 0;
	int mnt;

	EXPECT_EQ(443, __NR_quotactl_fd);
	EXPECT_ERR(EBADF, syscall(443, -1, QCMD(Q_GETFMT, USRQUOTA), 0, &format));
	mnt = tmpfs("usrquota");
	ASSERT_LE(0, mnt);
	EXPECT_EQ(0, syscall(443, mnt, QCMD(Q_GETFMT, USRQUOTA), 0, &format));
	EXPECT_EQ(QFMT_SHMEM, format);
	EXPECT_ERR(EINVAL, syscall(443, mnt, QCMD(Q_GETFMT, 99), 0, &format));
	close(mnt);
}

TEST(upstream_444_landlock_create_ruleset)
{
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE,
	};
	char path[64], link[64] = {};
	int fd;

	EXPECT_EQ(444, __NR_landlock_create_ruleset);
	EXPECT_LE(1, syscall(444, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION));
	fd = syscall(444, &attr, sizeof(attr), 0);
	ASSERT_LE(0, fd);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ASSERT_LT(0, readlink(path, link, sizeof(link) - 1));
	EXPECT_STREQ("anon_inode:[landlock-ruleset]", link);
	attr.handled_access_fs = 0;
	EXPECT_ERR(ENOMSG, syscall(444, &attr, sizeof(attr.handled_access_fs), 0));
	close(fd);
}

TEST_HARNESS_MAIN
