// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/synos: who may do what to its files, and every way to read them.
 */
#include "synos.h"
#include "kselftest_harness.h"

#include <dirent.h>
#include <sys/stat.h>

#define DIR_NAME	"/proc/synos/"

static const struct {
	const char *path;
	mode_t mode;
} files[] = {
	{ DIR_NAME "consciousness", 0444 },
	{ DIR_NAME "events", 0400 },
	{ DIR_NAME "telemetry", 0444 },
	{ DIR_NAME "version", 0444 },
};

#define NFILES	(ARRAY_SIZE(files))

static char text[SYNOS_EVENTS_BUF], other[SYNOS_EVENTS_BUF];

static int fill_events(unsigned int count)
{
	while (count--)
		if (synos_log(1 + count % 4, count % 7 ? "fill" :
			      "fill, this one being quite a bit longer\n"))
			return -1;
	return 0;
}

TEST(modes)
{
	struct stat st;
	struct dirent *entry;
	size_t i, count = 0;
	DIR *dir;

	for (i = 0; i < NFILES; i++) {
		ASSERT_EQ(0, stat(files[i].path, &st));
		EXPECT_EQ(S_IFREG | files[i].mode, st.st_mode);
		EXPECT_EQ(0, st.st_uid);
		EXPECT_EQ(0, st.st_gid);
	}
	dir = opendir(DIR_NAME);
	ASSERT_NE(NULL, dir);
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	closedir(dir);
	EXPECT_EQ(NFILES, count);
}

TEST(version)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "SynOS ABI Version: %d\n",
		 SYNOS_ABI_VERSION);
	ASSERT_LT(0, synos_read_file(DIR_NAME "version", text, sizeof(text)));
	EXPECT_STREQ(expected, text);
}

/* Not even root, for whom the mode is no obstacle. */
TEST(write_refused)
{
	size_t i;
	int fd;

	ASSERT_EQ(0, fill_events(1));
	for (i = 0; i < NFILES; i++) {
		fd = open(files[i].path, O_RDWR);
		ASSERT_LE(0, fd);
		EXPECT_ERR(EIO, write(fd, "75\n", 3));
		/* As of any seq_file. */
		EXPECT_ERR(ESPIPE, pwrite(fd, "75\n", 3, 0));
		/* Of no consequence, here as anywhere in /proc. */
		EXPECT_EQ(0, ftruncate(fd, 0));
		EXPECT_LT(0, read(fd, text, sizeof(text)));
		close(fd);
		EXPECT_ERR(EPERM, unlink(files[i].path));
	}
	EXPECT_ERR(ENOENT, open(DIR_NAME "new", O_CREAT | O_WRONLY, 0600));
}

TEST(nobody)
{
	size_t i;

	ASSERT_EQ(0, synos_be_nobody());
	for (i = 0; i < NFILES; i++) {
		EXPECT_ERR(EACCES, open(files[i].path, O_WRONLY));
		EXPECT_ERR(EACCES, open(files[i].path, O_RDWR));
		if (files[i].mode & 0004) {
			EXPECT_LT(0, synos_read_file(files[i].path, text,
						     sizeof(text)));
		} else {
			EXPECT_ERR(EACCES, open(files[i].path, O_RDONLY));
		}
	}
}

TEST(events_need_the_capability)
{
	ASSERT_EQ(0, synos_caps(CAP_SYS_ADMIN, 0));
	EXPECT_EQ(0, geteuid());
	EXPECT_ERR(EPERM, open(DIR_NAME "events", O_RDONLY));
}

TEST(events_need_no_other_capability)
{
	ASSERT_EQ(0, synos_caps(CAP_SYS_ADMIN, 1));
	EXPECT_LE(0, open(DIR_NAME "events", O_RDONLY));
}

TEST(events_not_in_user_namespace)
{
	ASSERT_EQ(0, synos_be_namespace_root());
	EXPECT_ERR(EPERM, open(DIR_NAME "events", O_RDONLY));
	EXPECT_LT(0, synos_read_file(DIR_NAME "consciousness", text,
				     sizeof(text)));
}

/*
 * Opening decides, about who may as well as about what is shown: an open file
 * is none the less when it is read by somebody who could not have opened it.
 */
TEST(events_opened_before)
{
	uid_t uid = synos_fresh_uid();
	struct synos_line line;
	pid_t pid;
	int fd;

	pid = synos_fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(synos_be(uid) || synos_log(SYNOS_EVENT_NETWORK, "of a user"));
	ASSERT_EQ(0, synos_reap(pid));

	fd = open(DIR_NAME "events", O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, synos_be_namespace_root());
	ASSERT_LT(0, synos_read_fd(fd, text, sizeof(text)));
	close(fd);
	ASSERT_EQ(0, synos_find_event(text, "of a user", &line));
	EXPECT_EQ(uid, line.uid);
	EXPECT_EQ(pid, line.pid);
}

TEST(context_escaped)
{
	const char *expected =
		"Awareness Level: 75\n"
		"Threat Level: 20\n"
		"Learning State: 0x6\n"
		"Context: x\\nThreat Level: 0\\e[2J\\\\\\377\n"
		"Last Update: ";
	struct synos_consciousness_state state;
	size_t lines = 0;
	char *at;
	int fd;

	state = synos_state(75, 20, "x\nThreat Level: 0\033[2J\\\xff");
	state.learning_state = SYNOS_LEARNING_PASSIVE | SYNOS_ANALYZING;
	fd = synos_register_consciousness(&state, sizeof(state), 0);
	ASSERT_LE(0, fd);
	ASSERT_LT(0, synos_read_file(DIR_NAME "consciousness", text,
				     sizeof(text)));
	close(fd);

	EXPECT_EQ(0, strncmp(text, expected, strlen(expected)))
		TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, " ns\nDaemon: registered\n"));
	for (at = text; *at; at++)
		lines += *at == '\n';
	EXPECT_EQ(6, lines);
}

/* All bytes of a string that can be there, one string of each. */
TEST(any_byte_escaped)
{
	struct synos_consciousness_state state = synos_state(1, 2, "");
	int fd, byte;

	fd = synos_register();
	ASSERT_LE(0, fd);
	for (byte = 1; byte < 256; byte++) {
		char *at, *end;

		state.current_context[0] = byte;
		ASSERT_EQ(0, synos_update_state(fd, &state, sizeof(state), 0));
		ASSERT_LT(0, synos_read_file(DIR_NAME "consciousness", text,
					     sizeof(text)));
		at = strstr(text, "\nContext: ");
		end = strstr(text, "\nLast Update: ");
		ASSERT_NE(NULL, at);
		ASSERT_NE(NULL, end);
		at += strlen("\nContext: ");
		if (byte >= ' ' && byte < 0x7f && byte != '\\') {
			ASSERT_EQ(1, end - at);
			ASSERT_EQ(byte, *at);
			continue;
		}
		ASSERT_EQ('\\', *at);
		ASSERT_LE(2, end - at);
		for (; at < end; at++)
			ASSERT_EQ(1, *at >= ' ' && *at < 0x7f);
	}
	close(fd);
}

/* Reads with a buffer of @chunk bytes; how often differs, what is read not. */
static ssize_t read_chunks(const char *path, char *buf, size_t size,
			   size_t chunk)
{
	size_t len = 0;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -1;
	while (len + chunk < size && (n = read(fd, buf + len, chunk)) > 0)
		len += n;
	buf[len] = '\0';
	close(fd);
	return len;
}

TEST(byte_by_byte)
{
	size_t i, chunk;
	ssize_t len;

	ASSERT_EQ(0, fill_events(40));
	for (i = 0; i < NFILES; i++) {
		len = synos_read_file(files[i].path, text, sizeof(text));
		ASSERT_LT(0, len);
		for (chunk = 1; chunk < 200; chunk = 2 * chunk + 1) {
			ASSERT_EQ(len, read_chunks(files[i].path, other,
						   sizeof(other), chunk));
			ASSERT_EQ(0, memcmp(text, other, len));
		}
	}
}

TEST(any_offset)
{
	ssize_t len, at, n;
	size_t i;
	int fd;

	ASSERT_EQ(0, fill_events(40));
	for (i = 0; i < NFILES; i++) {
		len = synos_read_file(files[i].path, text, sizeof(text));
		ASSERT_LT(0, len);
		fd = open(files[i].path, O_RDONLY);
		ASSERT_LE(0, fd);

		/* Forwards and backwards, in steps that meet no line. */
		for (at = 0; at < len; at += 1 + len / 37) {
			ssize_t back = len - 1 - at;

			ASSERT_EQ(at, lseek(fd, at, SEEK_SET));
			n = read(fd, other, 50);
			ASSERT_LT(0, n);
			ASSERT_EQ(0, memcmp(text + at, other, n));
			ASSERT_EQ(at + n + 3 < len ? at + n + 3 : at + n,
				  lseek(fd, at + n + 3 < len ? 3 : 0, SEEK_CUR));
			ASSERT_EQ(1, pread(fd, other, 1, back));
			ASSERT_EQ(text[back], other[0]);
		}

		ASSERT_EQ(0, lseek(fd, 0, SEEK_SET));
		ASSERT_EQ(len, synos_read_fd(fd, other, sizeof(other)));
		ASSERT_EQ(0, memcmp(text, other, len));
		ASSERT_EQ(0, read(fd, other, 1));
		ASSERT_EQ(len + 1000, lseek(fd, len + 1000, SEEK_SET));
		EXPECT_EQ(0, read(fd, other, 1));
		EXPECT_ERR(EINVAL, lseek(fd, -1, SEEK_SET));
		close(fd);
	}
}

TEST(bad_buffer)
{
	void *nowhere = synos_at_the_edge(NULL, 100, 100);
	size_t i;
	int fd;

	ASSERT_EQ(0, fill_events(1));
	for (i = 0; i < NFILES; i++) {
		fd = open(files[i].path, O_RDONLY);
		ASSERT_LE(0, fd);
		EXPECT_ERR(EFAULT, read(fd, nowhere, 100));
		/* And the file is none the worse for it. */
		EXPECT_LT(0, read(fd, text, 100));
		close(fd);
	}
}

TEST(many_readers)
{
	pid_t pids[8];
	ssize_t len;
	size_t i;

	ASSERT_EQ(0, fill_events(20));
	len = synos_read_file(DIR_NAME "events", text, sizeof(text));
	ASSERT_LT(0, len);
	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i]) {
			if (read_chunks(DIR_NAME "events", other, sizeof(other),
					1) != len)
				_exit(1);
			_exit(memcmp(text, other, len) ? 2 : 0);
		}
	}
	for (i = 0; i < ARRAY_SIZE(pids); i++)
		EXPECT_EQ(0, synos_reap(pids[i]));
}

TEST_HARNESS_MAIN
